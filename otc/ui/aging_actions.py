"""What ops says of a trade: confirm, agree a date, doubt, fail, cancel, amend and more; each click is at most one fact."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import streamlit as st

from otc import ui
from otc.clock import iso, parse_instant
from otc.errors import OtcError, Refused
from otc.model import STAGES, Fact, Kind, Leg
from otc.money import parse_typed
from otc.settlement.status import AMENDABLE, status_of
from otc.ui.aging_detail import OpenTrade, leg_words
from otc.views.table import counted


@dataclass(frozen=True, slots=True)
class Action:
    """One verb: its word on the button, the fact it makes, the fields it asks for."""

    word: str
    kind: Kind
    fields: tuple[str, ...]
    note: str = "Note"


ACTIONS: Final = {
    "confirm": Action("Confirm", Kind.CONFIRMED, ("leg", "stage", "happened_at", "evidence", "amount", "note")),
    "expect": Action("Agree a date", Kind.EXPECTED, ("leg", "due_at", "evidence", "note"), "What was agreed"),
    "mismatch": Action("Mismatch", Kind.MISMATCH, ("any_leg", "happened_at", "evidence", "note"), "What does not agree"),
    "fail": Action("Fail", Kind.FAILED, ("any_leg", "happened_at", "evidence", "note"), "Why it failed"),
    "cancel": Action("Cancel", Kind.CANCELLED, ("happened_at", "evidence", "note"), "Why both sides called it off"),
    "amend": Action("Amend", Kind.AMENDED, ("detail", "value")),
    "resolve": Action("Resolve", Kind.RESOLVED, ("note",), "How it was resolved"),
    "reverse": Action("Reverse", Kind.REVERSED, ("fact", "note"), "Why it is withdrawn"),
    "return": Action("Return", Kind.RETURNED, ("leg", "happened_at", "evidence", "note"), "Why it came back"),
    "note": Action("Note", Kind.NOTED, ("note",)),
}
SEVERAL: Final = ("resolve", "note")
"""What can be said of several trades at once."""
_MANY: Final = 4
_UTC: Final = ZoneInfo("UTC")
_STAGE_WORDS: Final = {
    Kind.CONFIRMED: "final",
    Kind.INSTRUCTED: "instructed",
    Kind.ACCEPTED: "accepted by the bank",
    Kind.CORRESPONDENT: "at the correspondent",
}
_SHOWN_AT: Final = {"evidence": ("evidence", "fact", "detail"), "leg": ("leg", "any_leg"), "note": ("note", "value")}
"""A refusal names a field of the fact; these are the inputs that fill it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What became of the last click: a sentence, and the field it concerns where it was refused."""

    sentence: str
    refused: bool = False
    field: str = ""
    about: str = ""
    """Which form it answers."""


def show_said(trades: Sequence[OpenTrade]) -> None:
    """What was last recorded of the trades that are open; it stays as long as they do."""
    said = sitting().said
    if said.sentence and not said.refused and said.about == _ids(opened.trade.transaction_id for opened in trades):
        st.success(ui.literal(said.sentence), icon="✅")


def _ids(transaction_ids: Iterable[str]) -> str:
    return " ".join(transaction_ids)


def show_form(trades: Sequence[OpenTrade], visit: ui.Visit) -> None:
    """The form for one trade or for several; what is refused is told at its field and nothing typed is lost."""
    show_said(trades)
    words = [word for word in ACTIONS if len(trades) == 1 or word in SEVERAL]
    word = st.segmented_control(
        "Action",
        words,
        default=words[0],
        required=True,
        format_func=lambda each: ACTIONS[each].word,
        key=f"action_{len(trades) == 1}",
        label_visibility="collapsed",
    )
    action = ACTIONS[word or words[0]]
    turn = sitting().turn
    asked = _Asked(action, tuple(trades), visit, turn)
    with st.form(f"say_{action.kind}_{turn}", border=False):
        said = sitting().said if sitting().said.about == asked.about else Said("")
        inputs = [field for field in action.fields if field != "note"]
        for left in range(0, len(inputs), 2):
            for column, field in zip(st.columns(2, gap="small"), inputs[left : left + 2], strict=False):
                with column:
                    _INPUTS[field](asked)
                    _refusal(said, field)
        if "note" in action.fields:
            st.text_input(action.note, key=asked.key("note"))
            _refusal(said, "note")
        named = {name for field in action.fields for name in (field, *(n for n, at in _SHOWN_AT.items() if field in at))}
        if said.refused and said.field not in named:
            ui.refused(said.sentence)
        count = f" {len(trades)} trades" if len(trades) > 1 else ""
        st.form_submit_button(f"{action.word}{count} as {visit.actor}", type="primary", on_click=_act, args=(asked,))


def _refusal(said: Said, field: str) -> None:
    if said.refused and said.field and field in _SHOWN_AT.get(said.field, (said.field,)):
        ui.refused(said.sentence)


@dataclass
class Sitting:
    """One person's session at the form; changed in place, because Streamlit may end a run at any touch of its session state."""

    turn: int = 0
    """Counts what was recorded, so that one form records at most once."""
    said: Said = Said("")


def sitting() -> Sitting:
    """The sitting of this session."""
    if "aging_sitting" not in st.session_state:
        st.session_state["aging_sitting"] = Sitting()
    found: Sitting = st.session_state["aging_sitting"]
    return found


@dataclass(frozen=True)
class _Asked:
    """What the form stands for, and, once it is sent, the values of its fields."""

    action: Action
    trades: tuple[OpenTrade, ...]
    visit: ui.Visit
    turn: int
    values: Mapping[str, Any] = field(default_factory=dict)

    def key(self, name: str) -> str:
        return f"say_{name}_{self.turn}"

    def sent(self) -> "_Asked":
        """With the values that the fields hold now."""
        return replace(self, values={name: st.session_state.get(self.key(name)) for name in (*_INPUTS, "note")})

    def typed(self, name: str) -> str:
        return str(self.values.get(name) or "").strip()

    def chosen(self, name: str) -> Any:
        return self.values.get(name)

    @property
    def about(self) -> str:
        return _ids((self.action.kind, str(self.turn), *(opened.trade.transaction_id for opened in self.trades)))

    @property
    def one(self) -> OpenTrade:
        return self.trades[0]


def _leg(asked: _Asked) -> None:
    """No leg is chosen beforehand: a second, slow click on a form that was recorded would confirm the next one."""
    trade = asked.one.trade
    st.selectbox("Leg", trade.legs, None, lambda leg: leg_words(leg, trade), key=asked.key("leg"), placeholder="which movement")


def _any_leg(asked: _Asked) -> None:
    trade = asked.one.trade
    st.selectbox(
        "Leg", [None, *trade.legs], format_func=lambda leg: leg_words(leg, trade) if leg else "whole trade", key=asked.key("leg")
    )


def _stage(asked: _Asked) -> None:
    st.selectbox("Stage", [STAGES[-1], *STAGES[:-1]], format_func=_STAGE_WORDS.__getitem__, key=asked.key("stage"))


def _happened_at(asked: _Asked) -> None:
    zone, now = asked.visit.zone, asked.visit.now
    st.text_input(
        f"Time ({ui.zone_name(zone, now)})",
        key=asked.key("happened_at"),
        placeholder=f"now, or {now.astimezone(zone):%Y-%m-%d %H:%M}",
    )


def _due_at(asked: _Asked) -> None:
    zone, now = asked.visit.zone, asked.visit.now
    example = f"like {now.astimezone(zone):%Y-%m-%d %H:%M}"
    st.text_input(f"Agreed time ({ui.zone_name(zone, now)})", key=asked.key("due_at"), placeholder=example)


def _evidence(asked: _Asked) -> None:
    st.text_input("Reference", key=asked.key("evidence"), placeholder="the bank's, or a hash")


def _amount(asked: _Asked) -> None:
    st.text_input("Amount", key=asked.key("amount"), placeholder="empty: the whole leg")


def _detail(asked: _Asked) -> None:
    st.selectbox("Detail", AMENDABLE, format_func=lambda name: name.replace("_", " "), key=asked.key("detail"))


def _value(asked: _Asked) -> None:
    st.text_input("New value", key=asked.key("value"))


def _fact(asked: _Asked) -> None:
    facts = {fact.fact_id: fact for fact in reversed(asked.one.kept) if fact.kind is not Kind.REPORTED}
    st.selectbox("Fact to withdraw", list(facts), format_func=lambda each: _fact_words(facts[each], asked), key=asked.key("fact"))


def _fact_words(fact: Fact, asked: _Asked) -> str:
    leg = f" {leg_words(fact.leg, asked.one.trade)}" if fact.leg else ""
    reference = f" · {fact.evidence}" if fact.evidence else ""
    at = ui.short_instant(fact.happened_at, asked.visit.now, asked.visit.zone)
    return f"{at} {fact.kind.value.replace('_', ' ')}{leg} by {fact.actor}{reference}"


_INPUTS: Final[dict[str, Callable[[_Asked], None]]] = {
    "leg": _leg,
    "any_leg": _any_leg,
    "stage": _stage,
    "happened_at": _happened_at,
    "due_at": _due_at,
    "evidence": _evidence,
    "amount": _amount,
    "detail": _detail,
    "value": _value,
    "fact": _fact,
}


def _act(asked: _Asked) -> None:
    """Record what the form says, once: a second click finds its turn over.

    The fields are read first and the turn is passed on in place: a click that interrupts this run cannot fall between the
    record and the turn's end.
    """
    now_sitting, sent = sitting(), asked.sent()
    if now_sitting.turn != sent.turn:
        return
    recorded: list[str] = []
    refused: dict[str, OtcError] = {}
    for opened in sent.trades:
        try:
            recorded.append(_recorded(sent, opened))
        except OtcError as error:
            refused[opened.trade.transaction_id] = error
    now_sitting.said = _outcome(sent, recorded, refused)
    if recorded:
        now_sitting.turn += 1
    if recorded and refused:
        st.session_state[f"say_note_{now_sitting.turn}"] = sent.typed("note")
        ui.keep_in_url(trade=list(refused))


def _outcome(asked: _Asked, recorded: list[str], refused: dict[str, OtcError]) -> Said:
    """One sentence for the whole click; of several trades, those that were refused stay open with what was typed."""
    ids = [opened.trade.transaction_id for opened in asked.trades]
    if not refused:
        words = " ".join(recorded) if len(recorded) < _MANY else f"{asked.action.word}: recorded of {len(recorded)} trades."
        return Said(words, about=_ids(ids))
    first = next(iter(refused.values()))
    if not recorded:
        return Said(str(first), refused=True, field=getattr(first, "field", ""), about=asked.about)
    told = " ".join(f"{transaction_id}: {error}" for transaction_id, error in refused.items())
    return Said(f"Recorded of {counted(len(recorded), 'trade')}, refused of {len(refused)}. {told}", about=_ids(refused))


def _recorded(asked: _Asked, opened: OpenTrade) -> str:
    """Say it of one trade; the sentence tells where the trade now stands."""
    visit, trade = asked.visit, opened.trade
    kind = asked.chosen("stage") if "stage" in asked.action.fields else asked.action.kind
    leg: Leg | None = asked.chosen("leg") if {"leg", "any_leg"} & set(asked.action.fields) else None
    evidence, note = _evidence_and_note(asked)
    projection = visit.desk.say(
        kind,
        trade.transaction_id,
        visit.actor,
        leg=leg,
        happened_at=_time(asked, "happened_at"),
        evidence=evidence,
        amount=_money(asked),
        due_at=_time(asked, "due_at"),
        note=note,
    )
    what = f"{leg_words(leg, trade)} {_STAGE_WORDS.get(kind, kind.value)}" if leg else kind.value
    return f"{trade.transaction_id}: {what}; the trade is {status_of(projection.state, visit.desk.now())}."


def _evidence_and_note(asked: _Asked) -> tuple[str, str]:
    """An amendment names its detail as evidence and the value as note, a reversal the fact it withdraws."""
    if asked.action.kind is Kind.REVERSED:
        return str(asked.chosen("fact") or ""), asked.typed("note")
    if asked.action.kind is not Kind.AMENDED:
        return asked.typed("evidence"), asked.typed("note")
    detail, value = str(asked.chosen("detail")), asked.typed("value")
    if detail == "needed_by" and value:
        value = iso(_read_time(asked, value, "note"), _UTC)
    return detail, value


def _time(asked: _Asked, field: str) -> datetime | None:
    typed = asked.typed(field)
    return _read_time(asked, typed, field) if typed else None


def _read_time(asked: _Asked, typed: str, field: str) -> datetime:
    try:
        return parse_instant(typed, asked.visit.zone)
    except Refused as error:
        raise Refused(str(error), field) from None


def _money(asked: _Asked) -> Decimal | None:
    typed = asked.typed("amount")
    if not typed:
        return None
    try:
        return parse_typed(typed, asked.visit.desk.settings.desk.number_style)
    except Refused as error:
        raise Refused(str(error), "amount") from None
