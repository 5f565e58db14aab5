"""One venue's book: whether it is sound, where its middle is, how deep it stands."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from itertools import chain, islice, pairwise
from operator import gt, itemgetter, lt
from statistics import median
from typing import Final

from otc.model.market import Book, BookKey, FeedHealth, FeedState, Level, MarketView
from otc.money import BPS, CONTEXT, ZERO, grouped, plain

PRICING: Final[frozenset[FeedState]] = frozenset({"live", "warn"})
"""The states of a feed whose book may price."""
_PRICE: Final = itemgetter(0)
_SIZE: Final = itemgetter(1)


def fault_of(book: Book) -> str:
    """What is wrong with a book, as a sentence; empty where it is sound. Cheap enough for every book of every second."""
    if not book.bids and not book.asks:
        return "The book is empty."
    if not book.bids or not book.asks:
        return f"The book is one-sided: it has no {'asks' if book.bids else 'bids'}."
    if unreadable := _no_number(book.bids, "a bid") or _no_number(book.asks, "an ask"):
        return unreadable
    if disorder := _disorder(book.bids, "bid", gt) or _disorder(book.asks, "ask", lt):
        return disorder
    if book.bids[0].price >= book.asks[0].price:
        return f"The book is crossed: bid {plain(book.bids[0].price)} meets ask {plain(book.asks[0].price)}."
    return ""


def health_by_book(view: MarketView) -> Mapping[BookKey, FeedHealth]:
    """The health of each feed under its book's key."""
    return {(feed.venue, feed.symbol): feed for feed in view.health}


def why_out(view: MarketView, key: BookKey, health: Mapping[BookKey, FeedHealth]) -> str:
    """Why the book of a key prices nothing, as a sentence; empty where it may price."""
    feed, book = health.get(key), view.books.get(key)
    if feed and feed.state not in PRICING:
        return feed.reason or f"The feed is {feed.state}."
    if book is None:
        return "No book has come yet."
    # A view's books were checked level by level when they came; the tops alone are looked at again, for every quote.
    return "" if book.bids and book.asks and ZERO < book.bids[0].price < book.asks[0].price else fault_of(book)


def mid(book: Book) -> Decimal:
    """Halfway between best bid and best ask of a sound book, in its quote currency."""
    return CONTEXT.divide(CONTEXT.add(book.bids[0].price, book.asks[0].price), Decimal(2))


def micro_price(book: Book) -> Decimal:
    """The mid of a sound book leaned towards the thinner side: each best price weighted with the size opposite; for signals."""
    bid, ask = book.bids[0], book.asks[0]
    with localcontext(CONTEXT):
        return (bid.price * ask.size + ask.price * bid.size) / (bid.size + ask.size)


def depth_within(book: Book, bps: Decimal) -> tuple[Decimal, Decimal]:
    """Bid and ask size, in the base, priced within so many bps of the mid of a sound book."""
    with localcontext(CONTEXT):
        middle = mid(book)
        reach = middle * bps / BPS
        low, high = middle - reach, middle + reach
        bids = book.bids[: bisect_right(book.bids, -low, key=lambda level: -level[0])]
        asks = book.asks[: bisect_right(book.asks, high, key=_PRICE)]
        return sum(map(_SIZE, bids), ZERO), sum(map(_SIZE, asks), ZERO)


def absurd(book: Book, others: Sequence[Decimal], bps: Decimal) -> str:
    """Why a sound book cannot be right beside the other venues' mids, as a sentence; empty where it can.

    `others` are mids converted to this book's quote currency. Of two venues alone each is out of line with the other, and neither
    is believed: no price is better than a wrong one.
    """
    if not others:
        return ""
    with localcontext(CONTEXT):
        middle = Decimal(median(others))
        away = abs(mid(book) - middle) / middle * BPS
    if away <= bps:
        return ""
    far = f"{grouped(away)} bps from {grouped(middle, 2)}, the median of the others"
    return f"The mid {plain(mid(book))} is {far}; {plain(bps)} are believed."


def _no_number(levels: Sequence[Level], side: str) -> str:
    if all(map(Decimal.is_finite, chain.from_iterable(levels))) and min(map(_PRICE, levels)) > 0 < min(map(_SIZE, levels)):
        return ""
    wrong = ((word, number) for level in levels for word, number in zip(("price", "size"), level, strict=True))
    word, number = next((word, number) for word, number in wrong if not number.is_finite() or number <= 0)
    return f"The book has {side} with {word} {number}."


def _disorder(levels: Sequence[Level], side: str, rightly: Callable[[Decimal, Decimal], bool]) -> str:
    prices = list(map(_PRICE, levels))
    if all(map(rightly, prices, islice(prices, 1, None))):
        return ""
    price, following = next(pair for pair in pairwise(prices) if not rightly(*pair))
    if price == following:
        return f"The book repeats its {side} at {plain(price)}."
    return f"The book is unsorted: {side} {plain(following)} comes behind {plain(price)}."
