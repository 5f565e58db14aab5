"""The named queries: each is a portable .sql file beside its Python twin, read once and asked with parameters."""

from functools import cache
from importlib.resources import files
from typing import Final

from otc.errors import Refused
from otc.ports import Question

_ROOM: Final[dict[Question, str]] = {
    "counts": "otc.settlement",
    "aging": "otc.settlement",
    "open_item": "otc.settlement",
    "transactions": "otc.settlement",
    "pnl_settlement": "otc.pnl",
    "pnl_trade": "otc.pnl",
    "bridge": "otc.pnl",
    "recognised": "otc.pnl",
    "months": "otc.pnl",
}
_USES_STANDING: Final = frozenset({"counts", "aging", "open_item", "transactions", "bridge", "recognised"})
KEYS: Final = {
    "month": "extract(year FROM booked_on) * 100 + extract(month FROM booked_on)",
    "day": "booked_on",
    "pair": "pair",
    "client": "client_id",
    "market_maker": "market_maker_id",
    "all": "1",
}
"""What a PnL report can be grouped by, and the SQL for it; a closed list, so no text of a user ever becomes SQL."""


@cache
def _text(room: str, name: str) -> str:
    return files(room).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def sql_of(question: Question, by: str, state: str, later: str) -> str:
    """The whole statement of a question over the relations `state` and `later`.

    NOT MATERIALIZED: a relation that a question names twice would else be copied whole before any of its filters counts.
    """
    if by not in KEYS:
        raise Refused(f"{by!r} is nothing to group by; choose {', '.join(KEYS)}.", "by")
    body = _text(_ROOM[question], question).replace("{key}", KEYS[by])
    head = f"WITH state AS NOT MATERIALIZED ({state}), later AS NOT MATERIALIZED ({later})"
    if question in _USES_STANDING:
        head += f", standing AS NOT MATERIALIZED ({_text('otc.settlement', 'status')})"
    lines = [line for line in body.splitlines() if not line.startswith("--")]
    text = "\n".join(lines).strip()
    return f"{head}, {text[5:]}" if text.startswith("WITH ") else f"{head} {text}"
