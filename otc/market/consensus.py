"""What the venues together say: medians that one of them cannot move, and what a quote currency is worth in dollars.

With an even number of voices every value between the middle two is a median. The one nearest to a given point is taken:
nearest to the venue that is judged (the benefit of the doubt: of three venues the odd one out cannot make the other two
look wrong), or nearest to what was last agreed on (of two venues the one that jumped is the odd one out).
Statistics, not money: floats.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, TypeVar

from otc.model.market import Book, BookKey

BPS: Final = 1e4
DOLLAR: Final = "USD"
K = TypeVar("K")


def mid_of(book: Book) -> float:
    """Half way between best bid and best ask, in the book's own quote currency; the book has both sides."""
    return (float(book.bids[0].price) + float(book.asks[0].price)) / 2


def median_near(values: Sequence[float], point: float | None) -> float:
    """The median of at least one value; of an even number the one nearest to `point`, or their mean without one."""
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return (low + high) / 2 if point is None else min(max(point, low), high)


def away_bps(mids: Mapping[K, float], agreed: float | None, distrusted: Container[K] = ()) -> dict[K, float]:
    """How far each mid lies from the median of the others, in bps.

    Those that are distrusted are judged but have no voice; where that leaves fewer than two, `agreed` is one more. A mid that
    has no other beside it is not judged and does not appear.
    """
    found = {}
    for key, own in mids.items():
        others = [mid for other, mid in mids.items() if other != key and other not in distrusted]
        if len(others) < 2 and agreed is not None:
            others.append(agreed)
        if others and len(mids) > 1:
            found[key] = (own / median_near(others, own) - 1) * BPS
    return found


def dollar_rates(
    mids: Mapping[BookKey, float], former: Mapping[str, float], distrusted: Container[BookKey] = ()
) -> dict[str, float]:
    """Dollars per unit of each quote currency, as measured: by books against a known currency, and by what is dealt in both.

    Each USDT/USD is one voice on USDT, and bitcoin in USD over bitcoin in USDT another: no single book moves the median of
    them. `mids` are in each symbol's own quote currency, `former` the rates of before: they settle what voices in even number
    disagree about, and stand where nobody quotes. A currency that was never measured has no rate.
    """
    heard = [(*_sides(symbol), mid) for (venue, symbol), mid in mids.items() if (venue, symbol) not in distrusted]
    rates, measured = {**former, DOLLAR: 1.0}, {DOLLAR}
    sold = {base for base, quote, _ in heard if quote == DOLLAR}
    for currency in sorted({quote for _, quote, _ in heard} - measured, key=lambda quote: (quote not in sold, quote)):
        direct = [mid * rates[quote] for base, quote, mid in heard if base == currency and quote in measured]
        direct += [rates[base] / mid for base, quote, mid in heard if quote == currency and base in measured]
        dollars = _by_base((base, mid * rates[quote]) for base, quote, mid in heard if quote in measured and base not in measured)
        dealt = _by_base((base, mid) for base, quote, mid in heard if quote == currency and base in dollars)
        implied = [median_near(dollars[base], None) / median_near(found, None) for base, found in dealt.items()]
        if direct or implied:
            rates[currency] = median_near(direct + implied, former.get(currency))
            measured.add(currency)
    return rates


def _by_base(priced: Iterable[tuple[str, float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for base, price in priced:
        found.setdefault(base, []).append(price)
    return found


def _sides(symbol: str) -> tuple[str, str]:
    base, quote = symbol.split("/")
    return base, quote


def by_base(values: Mapping[BookKey, K]) -> dict[str, dict[BookKey, K]]:
    """The same values under the base asset of their symbols: what can be compared once it is in one currency."""
    groups: dict[str, dict[BookKey, K]] = {}
    for key, value in values.items():
        groups.setdefault(key[1].split("/")[0], {})[key] = value
    return groups
