"""Market makers' rates on the pricer: what each field holds, since when, and on what terms it was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import streamlit as st

from otc.clock import parse_instant
from otc.errors import Refused
from otc.model import Rate, Side
from otc.money import Style, parse_typed
from otc.ui.pricer_fields import key, typed
from otc.ui.shell import Visit


@dataclass(frozen=True)
class Said:
    """What a market maker's message said beside its rate."""

    valid_s: int | None = None
    indicative: bool = False
    size: str = ""
    """The most it is good for, with its unit, as `250000 USDT`."""

    def texts(self) -> tuple[str, str, str]:
        """As the URL keeps it."""
        return ("" if self.valid_s is None else str(self.valid_s), "i" if self.indicative else "", self.size)

    @staticmethod
    def of_texts(parts: Sequence[str]) -> "Said":
        """From what the URL kept; what is none of it is left out."""
        seconds, indicative, size = (*parts, "", "", "")[:3]
        return Said(int(seconds) if seconds.isdecimal() else None, indicative == "i", size)


def rate_name(pair: str, market_maker_id: str) -> str:
    """The name of a market maker's rate field; each pair has its own."""
    return f"rate {pair} {market_maker_id}"


def note_rate(visit: Visit, name: str) -> None:
    """The instant at which a rate was typed; what a message said beside the former one is gone with it."""
    st.session_state[key(f"{name} at")] = visit.desk.now().astimezone(UTC)
    st.session_state[key(f"{name} said")] = Said()


def take_rate(name: str, text: str, at: datetime, said: Said) -> None:
    """Put a rate that was read from a message into its field, with when it was said and on what terms."""
    st.session_state[key(name)] = text
    st.session_state[key(f"{name} at")] = at.astimezone(UTC)
    st.session_state[key(f"{name} said")] = said


def typed_at(name: str, now: datetime) -> datetime:
    """When a rate was typed; now, where it never was."""
    at = st.session_state.get(key(f"{name} at"))
    return (at if isinstance(at, datetime) else now).astimezone(UTC)


def said_of(name: str) -> Said:
    """On what terms a rate stands; a typed one has none."""
    said = st.session_state.get(key(f"{name} said"))
    return said if isinstance(said, Said) else Said()


def ran_out(name: str, now: datetime) -> bool:
    """Whether the time for which a rate was said to stand has passed."""
    seconds = said_of(name).valid_s
    return seconds is not None and now >= typed_at(name, now) + timedelta(seconds=seconds)


def restore_rate(visit: Visit, name: str, parts: Sequence[str]) -> None:
    """Put back a rate from its text, its instant and what was said beside it."""
    if key(name) in st.session_state:
        return
    value, at, *said = (*parts, "", "")[: max(2, len(parts))]
    try:
        instant = parse_instant(at, visit.zone) if at else visit.now
    except Refused:
        instant = visit.now
    st.session_state[key(name)] = value
    st.session_state[key(f"{name} at")] = min(instant, visit.now)
    st.session_state[key(f"{name} said")] = Said.of_texts(said)


def rates_of(visit: Visit, maker: str, style: Style, problems: dict[str, str]) -> list[Rate]:
    """A market maker's rates as typed: one for both sides, or bid/ask with one of them left out where there is none.

    What ran out or was said to be indicative only prices nothing.
    """
    name = rate_name(typed("pair"), maker)
    if not typed(name) or ran_out(name, visit.now) or said_of(name).indicative:
        return []
    at = typed_at(name, visit.now)
    try:
        parts = typed(name).split("/")
        figures = [parse_typed(part, style) for part in parts if part.strip()]
        if not figures or len(parts) > 2 or figures != sorted(figures):
            raise Refused("Write one rate, or bid/ask with the lower one first.")
    except Refused as error:
        problems[name] = str(error)
        return []
    if len(parts) == 1:
        return [Rate(maker, figures[0], at)]
    given = [figure for figure, part in zip((Side.SELL, Side.BUY), parts, strict=True) if part.strip()]
    return [Rate(maker, figure, at, of) for figure, of in zip(figures, given, strict=True)]
