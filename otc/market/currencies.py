"""Rates between currencies, measured on the venues or typed by the desk, each with its source and its age.

A dollar is no USDT: they have stood 9 bps apart, more than a whole spread. What was not measured has no rate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from statistics import median
from typing import Final, NamedTuple

from otc.market.book import health_by_book, mid, why_out
from otc.model.market import DeskRate, MarketView, UsedRate
from otc.money import BPS, CONTEXT

USD_IDR: Final = "USD/IDR"
XAU_USD: Final = "XAU/USD"
_MEASURED: Final = "USDT/IDR of "
"""How the source of a USD/IDR begins that was measured on the rupiah venues."""
_ONE: Final = Decimal(1)


class _Mid(NamedTuple):
    """A sound mid, perhaps converted, and the oldest receipt that it rests on."""

    rate: Decimal
    venue: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Gold:
    """The two rates of a PAXG price: the token's in dollars on the venues, an ounce of gold's as the desk typed it."""

    token: UsedRate | None
    metal: UsedRate | None

    @property
    def premium_bps(self) -> Decimal | None:
        """How much dearer the token is than the metal; None where either rate is missing."""
        if self.token is None or self.metal is None:
            return None
        with localcontext(CONTEXT):
            return (self.token.rate / self.metal.rate - 1) * BPS


def dollar_rates(view: MarketView) -> Mapping[str, UsedRate]:
    """What a USD, USDT and USDC are worth in USD, by currency: medians of sound mids; a currency not measured is absent.

    USDC is measured against USD and, through USDT, against USDT.
    """
    rates = {"USD": UsedRate("USD", _ONE, "", view.taken_at)}
    tether = _median_rate("USDT/USD", _mids(view, "USDT/USD"))
    if tether:
        rates["USDT"] = tether
    coin = _median_rate("USDC/USD", [*_mids(view, "USDC/USD"), *_converted(_mids(view, "USDC/USDT"), tether)])
    if coin:
        rates["USDC"] = coin
    return rates


def rupiah_rate(view: MarketView, typed: Mapping[str, DeskRate], dollar: Mapping[str, UsedRate]) -> tuple[UsedRate, ...]:
    """USD/IDR, rupiah per dollar, as far as it is known: first as measured on the rupiah venues' USDT, then as the desk typed it.

    `typed` is by name; `dollar` is what `dollar_rates` gives: without USDT/USD there nothing is measured.
    """
    rates = []
    if tether := dollar.get("USDT"):
        with localcontext(CONTEXT):
            mids = [_Mid(m.rate / tether.rate, m.venue, min(m.at, tether.at)) for m in _mids(view, "USDT/IDR")]
        if measured := _median_rate(USD_IDR, mids):
            rates.append(
                UsedRate(USD_IDR, measured.rate, f"{_MEASURED}{measured.source} over USDT/USD of {tether.source}", measured.at)
            )
    return (*rates, *_typed(typed, USD_IDR))


def gold(view: MarketView, typed: Mapping[str, DeskRate]) -> Gold:
    """PAXG/USD as the venues have it, dollars of every kind converted, beside XAU/USD as the desk typed it."""
    dollar = dollar_rates(view)
    mids = [m for quote, rate in dollar.items() for m in _converted(_mids(view, f"PAXG/{quote}"), rate)]
    return Gold(_median_rate("PAXG/USD", mids), next(iter(_typed(typed, XAU_USD)), None))


def conversion(quote: str, wanted: str, rates: Mapping[str, UsedRate]) -> Decimal | None:
    """What one unit of `quote` is in `wanted`; None where the rates do not say.

    `rates` holds dollars per unit by currency as `dollar_rates` gives them and, where rupiah and dollars may meet, USD/IDR.
    """
    if quote == wanted:
        return _ONE
    given, taken = _dollars(quote, rates), _dollars(wanted, rates)
    return CONTEXT.divide(CONTEXT.multiply(given[0], taken[1]), CONTEXT.multiply(given[1], taken[0])) if given and taken else None


def circular(base: str, rates: Mapping[str, UsedRate]) -> bool:
    """Whether USD/IDR was measured on this base's own price in rupiah: dollars converted by it say nothing of that price."""
    return base == "USDT" and USD_IDR in rates and rates[USD_IDR].source.startswith(_MEASURED)


def _dollars(currency: str, rates: Mapping[str, UsedRate]) -> tuple[Decimal, Decimal] | None:
    """Dollars per unit as a fraction, so that multiplying with a typed rate stays exact."""
    if currency == "USD":
        return _ONE, _ONE
    if currency == "IDR":
        return (_ONE, rates[USD_IDR].rate) if USD_IDR in rates else None
    return (rates[currency].rate, _ONE) if currency in rates else None


def _mids(view: MarketView, symbol: str) -> list[_Mid]:
    health = health_by_book(view)
    return [
        _Mid(mid(book), book.venue, book.received_at)
        for key, book in sorted(view.books.items(), key=lambda item: item[0])
        if book.symbol == symbol and not why_out(view, key, health)
    ]


def _converted(mids: Iterable[_Mid], rate: UsedRate | None) -> list[_Mid]:
    return [_Mid(CONTEXT.multiply(m.rate, rate.rate), m.venue, min(m.at, rate.at)) for m in mids] if rate else []


def _median_rate(name: str, mids: list[_Mid]) -> UsedRate | None:
    if not mids:
        return None
    with localcontext(CONTEXT):
        rate = Decimal(median(m.rate for m in mids))
    return UsedRate(name, rate, ", ".join(dict.fromkeys(m.venue for m in mids)), min(m.at for m in mids))


def _typed(typed: Mapping[str, DeskRate], name: str) -> tuple[UsedRate, ...]:
    rate = typed.get(name)
    return (UsedRate(name, rate.rate, f"typed by {rate.typed_by}", rate.typed_at),) if rate else ()
