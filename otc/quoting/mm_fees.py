"""What a market maker adds to its price: shares and rupiah that are stated come into the rate, what is not stated is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from otc.money import multiply, plain
from otc.quoting.mm_items import Item
from otc.quoting.mm_sizes import Doubt

_BEFORE: Final = 3
_BEHIND: Final = 4
_LARGEST: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Fees:
    """A share of the price and rupiah per coin that come on top; `used` are the items that said so."""

    share: Decimal = Decimal(0)
    rupiah: Decimal = Decimal(0)
    used: tuple[Item, ...] = ()

    def all_in(self, price: Decimal, side: str) -> Decimal:
        """A bid lowered, an ask raised by the fees."""
        sign = 1 if side == "ask" else -1
        return multiply(price, 1 + sign * self.share) + sign * self.rupiah

    def notes(self) -> tuple[str, ...]:
        """How the written prices were changed."""
        said = ", ".join(item.text for item in self.used)
        parts = [f"{plain(self.share * 10_000)} bps"] * bool(self.share) + [f"{plain(self.rupiah)} rupiah a coin"] * bool(
            self.rupiah
        )
        return (f"{' and '.join(parts)} on top of the written price ({said})",) if parts else ()


def fees_of(items: Sequence[Item]) -> Fees | Doubt:
    """The fees of a message: each fee word with its figure near it, or with a word that says it is included."""
    share, rupiah, used = Decimal(0), Decimal(0), list[Item]()
    for at in [n for n, item in enumerate(items) if item.kind == "fee"]:
        lead, tail = items[max(0, at - _BEFORE) : at], items[at + 1 : at + 1 + _BEHIND]
        figures = [item for item in (*lead, *tail) if _is_fee(item) and item not in used]
        if _included(lead, tail):
            used += figures
        elif len(figures) == 1 and figures[0].kind == "rate":
            share, used = share + figures[0].amount, [*used, figures[0]]
        elif len(figures) == 1:
            rupiah, used = rupiah + figures[0].figure.values()[0], [*used, figures[0]]
        else:
            return Doubt(f"How much comes on top for {items[at].text!r}? It is not stated.")
    loose = [n for n, item in enumerate(items) if item.kind == "rate" and item not in used]
    if any(not _about_spread(items, n) for n in loose):
        return Doubt(f"What is {items[loose[0]].text!r} for; does it come on top of the price?")
    if not 0 <= share <= _LARGEST:
        return Doubt(f"A fee of {plain(share * 100)} percent is more than is believed; what is meant?")
    return Fees(share, rupiah, tuple(used))


def _is_fee(item: Item) -> bool:
    return item.kind == "rate" or (
        item.kind == "number" and item.figure.currency == "IDR" and not item.figure.magnitude and len(item.figure.values()) == 1
    )


def _included(lead: Sequence[Item], tail: Sequence[Item]) -> bool:
    """The nearest word before, else the one right behind, says whether the fee is in the price."""
    for item in reversed(lead):
        if item.kind in ("incl", "plus", "nothing"):
            return item.kind != "plus"
        if item.kind in ("number", "two_way", "rate"):
            break
    return bool(tail) and tail[0].kind == "incl"


def _about_spread(items: Sequence[Item], at: int) -> bool:
    return any(item.kind == "spread" for item in (*items[max(0, at - 1) : at], *items[at + 1 : at + 2]))
