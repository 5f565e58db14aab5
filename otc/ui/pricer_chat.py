"""Market makers' messages pasted from chat: what was read in a table, what is doubtful asked, and nothing filled unseen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import streamlit as st

from otc.money import grouped, plain
from otc.quoting.mm_messages import DEFAULT_PAIR, read_messages
from otc.quoting.mm_rates import Messages, Question, QuotedRate
from otc.ui.pricer_fields import typed
from otc.ui.pricer_keys import go_to
from otc.ui.pricer_rates import Said, rate_name, take_rate
from otc.ui.pricer_state import Draft, has_makers
from otc.ui.shell import Visit
from otc.ui.words import literal, span
from otc.views.pricer_chat import Filled, Wanted, answered, filled, owned, rewritten, who_key

_OPEN: Final = "pricer_chat_open"
_AT: Final = "pricer_chat_at"
_WHOSE: Final = "pricer_chat_whose"
_LEFT: Final = "pricer_chat_left"
_TEXT: Final = "pricer_chat"
_ANEW: Final = "pricer_chat_anew"


def opener() -> None:
    """The button that opens the paste, and closes it."""
    st.button("Paste", key="paste", shortcut="Alt+P", on_click=_toggle, width="stretch")


def _toggle() -> None:
    st.session_state[_OPEN] = not st.session_state.get(_OPEN, False)
    if st.session_state[_OPEN]:
        go_to(_TEXT)


def paste(visit: Visit, written: Draft) -> None:
    """While it is open: the text on the left; on the right what was read, one question, and what could not be read."""
    if not st.session_state.get(_OPEN):
        return
    with st.container(border=True, key="dense_chat"):
        left, right = st.columns([5, 7], gap="small")
        with left:
            st.text_area(
                "Market makers' messages, several at once",
                key=_TEXT,
                height=200,
                placeholder="Maker One: USDT 15,842/58 good for 5 yard",
                on_change=_pasted,
                args=(visit,),
            )
            st.caption("Ctrl+Enter reads · Alt+T takes · Alt+P closes")
        with right:
            if st.session_state.get(_TEXT, "").strip():
                _read(visit, written)
            else:
                st.markdown("Nothing is filled in before it is shown here and taken.")


def _pasted(visit: Visit) -> None:
    """A new text: it was said now, and nothing of the former one's answers holds."""
    st.session_state[_AT] = visit.desk.now()
    st.session_state[_WHOSE], st.session_state[_LEFT] = {}, set()


def _read(visit: Visit, written: Draft) -> None:
    settings, at = visit.desk.settings, st.session_state.get(_AT, visit.now)
    default = typed("pair") if has_makers(settings) else DEFAULT_PAIR
    read = read_messages(st.session_state[_TEXT], settings, at, default_pair=default)
    rates = owned(read.rates, st.session_state.get(_WHOSE, {}))
    fills = filled(rates, Wanted(written.size, written.rupiah), settings.desk.number_style)
    if rates:
        st.markdown(_table(visit, rates, fills))
    _ask(visit, read, rates)
    for line in read.unread:
        st.markdown(f":gray[:small[✕ line {line.line}, not read: {literal(line.text)} — {literal(line.why)}]]")
    if fills:
        words = f"Take {len(fills)} rate{'' if len(fills) == 1 else 's'}"
        st.button(words, key="take", type="primary", shortcut="Alt+T", on_click=_take, args=(fills, at))
    st.caption(f"Said {span(visit.now - at)} ago; a rate's time counts from then.")


def _table(visit: Visit, rates: Sequence[QuotedRate], fills: Sequence[Filled]) -> str:
    """What was read, a row a rate, with the field that it goes to."""
    used = [rate for fill in fills for rate in fill.rates]
    head = "| | market maker | pair | bid | ask | good for | stands | goes to |\n|---|---|---|--:|--:|--:|--:|---|"
    return "\n".join((head, *(_row(visit, rate, rate in used) for rate in rates)))


def _row(visit: Visit, rate: QuotedRate, used: bool) -> str:
    maker = visit.desk.settings.counterparties.market_maker(rate.market_maker)
    goes = f"{maker.name}'s field" if used and maker else "◆ whose is it?" if not rate.known else "✕ another fits better"
    cells = (
        "◇ indicative" if rate.indicative else "●",
        literal(maker.name if maker else rate.market_maker or "nobody named"),
        f"{rate.pair}{' ◆ assumed' if rate.pair_assumed else ''}",
        "—" if rate.bid is None else _figure(rate.bid),
        "—" if rate.ask is None else _figure(rate.ask),
        "—" if rate.size is None else f"{grouped(rate.size)} {rate.size_currency}",
        "—" if rate.valid_s is None else span(timedelta(seconds=rate.valid_s)),
        goes,
    )
    notes = f" :small[{literal('; '.join(rate.notes))}]" if rate.notes else ""
    return f"| {' | '.join(cells)}{notes} |"


def _figure(price: Decimal) -> str:
    return grouped(price, len(plain(price).partition(".")[2]))


# ---------------------------------------------------------------- what has to be asked


def _ask(visit: Visit, read: Messages, rates: Sequence[QuotedRate]) -> None:
    """The first open question, with its readings as buttons and a line to write it anew."""
    left = st.session_state.get(_LEFT, set())
    nameless = [rate for rate in rates if not rate.known and who_key(rate) not in left]
    asked = [question for question in read.questions if (question.line, question.question) not in left]
    count = len(asked) + len(nameless)
    if asked:
        _question(asked[0], f"Question 1 of {count}" if count > 1 else "One question")
    elif nameless:
        _whose(visit, nameless[0], f"Question 1 of {count}" if count > 1 else "One question")


def _question(question: Question, head: str) -> None:
    st.markdown(f"◆ **{head}, line {question.line}:** {literal(question.question)}")
    with st.container(horizontal=True, gap="xsmall"):
        for number, choice in enumerate(question.choices, 1):
            st.button(choice, key=f"answer_{number}", shortcut=f"Alt+{number}", on_click=_answer, args=(question, choice))
        _leave_out((question.line, question.question))
    place = f"{_ANEW} {question.line} {question.text}"
    st.session_state.setdefault(place, question.text.splitlines()[0])
    st.text_input("Or write the line as it is meant", key=place, on_change=_write_anew, args=(question, place))


def _whose(visit: Visit, rate: QuotedRate, head: str) -> None:
    said = rate.market_maker or f"line {rate.line}"
    st.markdown(f"◆ **{head}:** whose rate is it? {literal(said)} is no market maker's name: {literal(rate.text)}")
    with st.container(horizontal=True, gap="xsmall"):
        for number, maker in enumerate(visit.desk.settings.counterparties.market_makers, 1):
            st.button(maker.name, key=f"whose_{number}", shortcut=f"Alt+{number}", on_click=_name, args=(who_key(rate), maker.id))
        _leave_out(who_key(rate))


def _leave_out(what: tuple[int, str] | str) -> None:
    st.button("Leave it out", key="leave_out", shortcut="Alt+0", on_click=_leave, args=(what,))


def _leave(what: tuple[int, str] | str) -> None:
    st.session_state[_LEFT] = {*st.session_state.get(_LEFT, set()), what}


def _name(who: str, market_maker: str) -> None:
    st.session_state[_WHOSE] = {**st.session_state.get(_WHOSE, {}), who: market_maker}


def _answer(question: Question, choice: str) -> None:
    st.session_state[_TEXT] = answered(st.session_state[_TEXT], question, choice)


def _write_anew(question: Question, place: str) -> None:
    st.session_state[_TEXT] = rewritten(st.session_state[_TEXT], question, st.session_state[place])


def _take(fills: Sequence[Filled], at: datetime) -> None:
    """Fill the fields and close; the text is done with."""
    for fill in fills:
        said = Said(fill.valid_s, fill.indicative, fill.size)
        take_rate(rate_name(fill.pair, fill.market_maker), fill.text, at, said)
    st.session_state[_TEXT], st.session_state[_OPEN] = "", False
    go_to("pricer_rupiah")
