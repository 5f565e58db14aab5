"""Which figures of a message are its bid and its ask, given the price band of a pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from otc.money import grouped, plain
from otc.quoting.mm_items import Item
from otc.quoting.mm_numbers import Band, completed, two_way
from otc.quoting.mm_sizes import Doubt

WIDEST_SPREAD: Final = Decimal("0.03")
"""A market maker's ask further above its bid is asked about."""
_WIDEST_COMPLETED: Final = Decimal("0.01")  # of `15,842/58`, where the second price is not written in full
_NEAR: Final = Decimal("0.05")
_SIDES: Final = ("bid", "ask")
_NO_PRICE: Final = ("size", "min")
_SOFT: Final = ("for", "good", "upto", "until")


@dataclass(frozen=True, slots=True)
class Prices:
    """One bid, one ask, or both, before fees; `places` are the items they were read from."""

    bid: Decimal | None
    ask: Decimal | None
    places: tuple[int, ...]


def price_like(item: Item, band: Band) -> bool:
    """Whether a lone number can be a price of the band, by its value and by the words around it."""
    if item.kind != "number" or item.keyword in _NO_PRICE or item.figure.currency == "USD":
        return False
    as_size = item.figure.currency not in ("", "IDR") or item.keyword in _SOFT
    if as_size and (item.figure.magnitude or (item.keyword and item.figure.currency)):
        return False
    return bool(band.among(item.figure.values()))


def prices_of(items: Sequence[Item], band: Band) -> list[Prices] | Doubt:
    """The prices of one message in one pair: several only where several were written both ways."""
    ways = [n for n, item in enumerate(items) if item.kind == "two_way"]
    lone = _without_sizes([n for n, item in enumerate(items) if price_like(item, band)], ways, items, band)
    if ways:
        return _both_ways(items, ways, lone, band)
    return _by_side(items, lone, band)


def _without_sizes(lone: list[int], ways: list[int], items: Sequence[Item], band: Band) -> list[int]:
    """Numbers with a magnitude are sizes where they are far from the prices without one."""
    anchors = [items[n].figure for n in lone if not items[n].figure.magnitude] + [items[n].figure for n in ways]
    near = [value for figure in anchors for value in band.among(figure.values())]
    near += [value for n in ways for value in band.among(items[n].figure.values(items[n].second.magnitude))]
    if not near:
        return lone
    return [n for n in lone if not items[n].figure.magnitude or _is_near(band.among(items[n].figure.values()), near)]


def _is_near(values: Sequence[Decimal], prices: Sequence[Decimal]) -> bool:
    return any(abs(value - price) <= price * _NEAR for value in values for price in prices)


def _both_ways(items: Sequence[Item], ways: list[int], lone: list[int], band: Band) -> list[Prices] | Doubt:
    if any(item.kind == "nothing" for item in items):
        return Doubt(f"The message says that one side of {items[ways[0]].text!r} is not there; what is the price?")
    if lone:
        return Doubt(f"Beside {items[ways[0]].text!r} stands {items[lone[0]].text!r}; which is the price?")
    sides = _merged([item.kind for item in items if item.kind in _SIDES])
    if sides not in ([], ["bid", "ask"], ["ask", "bid"]) or (sides and len(ways) > 1):
        return Doubt(f"{items[ways[0]].text!r} are two prices, and the words name one side; which is the bid, which the offer?")
    made = []
    for n in ways:
        found = _way(items[n], band, upward=sides != ["ask", "bid"])
        if isinstance(found, Doubt):
            return found
        bid, ask = found if sides != ["ask", "bid"] else (found[1], found[0])
        made.append(Prices(bid, ask, (n,)))
    return made


def _way(item: Item, band: Band, upward: bool) -> tuple[Decimal, Decimal] | Doubt:
    found = two_way(item.figure, item.second, band, upward)
    full = bool(band.among(item.second.values(item.figure.magnitude)))
    widest = WIDEST_SPREAD if full else _WIDEST_COMPLETED
    believed = [pair for pair in found if abs(pair[1] - pair[0]) <= min(pair) * widest]
    if len(believed) == 1:
        return believed[0]
    if len(believed) > 1:
        choices = tuple(f"{_shown(first)} / {_shown(second)}" for first, second in believed)
        return Doubt(f"{item.text!r} can be read as {' or as '.join(choices)}; which is meant?", choices)
    if found and full:
        return found[0]
    if band.among(item.figure.values(item.second.magnitude)):
        return Doubt(f"The second price of {item.text!r} cannot be completed; what are both prices in full?")
    return Doubt(f"{item.text!r} is not within {_shown(band.low)} to {_shown(band.high)}; what are both prices in full?")


def _by_side(items: Sequence[Item], lone: list[int], band: Band) -> list[Prices] | Doubt:
    small = [n for n, item in enumerate(items) if n not in lone and _small(items, n)]
    order = [n for n, item in enumerate(items) if item.kind in _SIDES or n in lone or n in small]
    numbers = [n for n in order if items[n].kind == "number"]
    if not lone:
        return outside(items, band)
    sides = _merged([items[n].kind for n in order])
    if sides in (["bid", "number"], ["ask", "number"], ["number", "bid"], ["number", "ask"]) and len(numbers) == 1:
        side = sides[0] if sides[1] == "number" else sides[1]
        return _sided({side: numbers[0]}, items, band)
    if len(numbers) == 2 and _runs(sides):
        named = [kind for kind in sides if kind != "number"]
        if sorted(named) == ["ask", "bid"]:
            return _sided(dict(zip(named, numbers, strict=True)), items, band)
    texts = " and ".join(repr(items[n].text) for n in numbers[:3])
    if len(numbers) == 1 and not any(items[n].kind in _SIDES for n in order):
        return Doubt(f"Is {texts} a bid or an offer?", ("bid", "offer"))
    return Doubt(f"Which of {texts} is the bid, and which the offer?")


def _runs(kinds: Sequence[str]) -> bool:
    """Side and number by turns, in a way that leaves no doubt which belongs to which."""
    return "".join("N" if kind == "number" else "S" for kind in kinds) in ("SNSN", "NSNS", "SNNS", "NSSN", "SSNN")


def _merged(kinds: Sequence[str]) -> list[str]:
    """Without a side that is said twice in a row."""
    return [kind for n, kind in enumerate(kinds) if not (kind in _SIDES and n and kinds[n - 1] == kind)]


def _small(items: Sequence[Item], n: int) -> bool:
    """Whether a number is small figures beside the word of its side."""
    item = items[n]
    bare = item.kind == "number" and not (item.keyword or item.figure.magnitude or item.figure.currency)
    beside = [items[near].kind for near in (n - 1, n + 1) if 0 <= near < len(items)]
    return bare and len(item.figure.digits) in (2, 3) and item.figure.digits.isdigit() and any(kind in _SIDES for kind in beside)


def _sided(named: dict[str, int], items: Sequence[Item], band: Band) -> list[Prices] | Doubt:
    read: dict[str, tuple[Decimal, ...]] = {side: band.among(items[n].figure.values()) for side, n in named.items()}
    for side, other in (("bid", "ask"), ("ask", "bid")):
        if side in read and not read[side]:
            full = read.get(other, ())
            read[side] = band.among(end for price in full for end in completed(price, items[named[side]].figure, side == "ask"))
    for side, values in read.items():
        if len(values) != 1:
            choices = tuple(map(_shown, values))
            return Doubt(
                f"The {side} {items[named[side]].text!r} can be read in {len(values)} ways; what is it in full?", choices
            )
    bid, ask = (read[side][0] if side in read else None for side in _SIDES)
    return [Prices(bid, ask, tuple(named.values()))]


def outside(items: Sequence[Item], band: Band) -> Doubt:
    """The question about figures none of which is a price of the pair."""
    texts = " and ".join(repr(item.text) for item in items if item.kind == "number")
    return Doubt(
        f"No figure of {texts or 'the message'} is within {_shown(band.low)} to {_shown(band.high)}; what is the price in full?"
    )


def _shown(value: Decimal) -> str:
    return grouped(value, len(plain(value).partition(".")[2]))


def unbelieved(prices: Prices) -> Doubt | None:
    """What is wrong with a bid and an ask together: crossed, or too far apart."""
    if prices.bid is None or prices.ask is None:
        return None
    if prices.bid <= prices.ask <= prices.bid * (1 + WIDEST_SPREAD):
        return None
    shown = f"bid {_shown(prices.bid)}, offer {_shown(prices.ask)}"
    if prices.ask < prices.bid:
        return Doubt(f"The prices are crossed ({shown}); which is the bid, which the offer?")
    return Doubt(f"The prices are more than {plain(WIDEST_SPREAD * 100)} percent apart ({shown}); are both right?")
