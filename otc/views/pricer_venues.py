"""A two-way price as the pricer shows it: what a side comes to in rupiah, its venues and rates, and the text for the client."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from typing import Final
from zoneinfo import ZoneInfo

from otc.model import Side
from otc.model.market import Sweep
from otc.model.rfq import TwoWay
from otc.money import BPS, CONTEXT, RUPIAH, Rounding, exact, multiply, plain, round_to
from otc.quoting.landing import Landing
from otc.quoting.messages import Language, amount, landing_line, price

_ROUNDS: Final = 5
"""A larger size is dearer, which makes the size for the same rupiah smaller again: this settles within a few turns."""
_HUNDRED: Final = Decimal(100)


def asked_side(quote: TwoWay) -> Side:
    """The side that the figures are of: the one asked for, the client's buy where both were."""
    return quote.inputs.request.side or Side.BUY


def unit_price(quote: TwoWay, side: Side) -> Decimal:
    """What the client pays or receives for one coin, in the pair's quote currency."""
    return quote.ask if side is Side.BUY else quote.bid


def price_for_rupiah(
    rupiah: Decimal, side: Side, first_size: Decimal, places: int, price_of: Callable[[Decimal], TwoWay]
) -> TwoWay:
    """The price of the size that an amount of rupiah is worth at that very price; begins with the price of `first_size`.

    A buying client's size is rounded down and a selling client's up, at `places`. Where price and size do not settle, the
    last one stands, with the total that it comes to.
    """
    rounding: Rounding = "down" if side is Side.BUY else "up"
    quote, step = price_of(first_size), Decimal(1).scaleb(-places)
    for _ in range(_ROUNDS):
        with localcontext(CONTEXT):
            size = round_to(exact(rupiah / unit_price(quote, side)), step, rounding)
        if size == quote.inputs.request.size:
            break
        quote = price_of(size)
    return quote


@dataclass(frozen=True, slots=True)
class Worth:
    """What one side of a price comes to, in the pair's quote currency; tax is in rupiah pairs alone."""

    total: Decimal
    """What the client pays or receives; whole rupiah, in the desk's favour."""
    gross: Decimal
    """Against the mid; what the hedge costs is booked with the hedge."""
    tax: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.tax


def worth(quote: TwoWay, side: Side) -> Worth:
    """What a side would be booked as."""
    inputs = quote.inputs
    exactly = multiply(inputs.request.size, unit_price(quote, side))
    in_rupiah = inputs.request.pair.endswith("/IDR")
    total = round_to(exactly, RUPIAH, "up" if side is Side.BUY else "down") if in_rupiah else exactly
    gross = abs(total - multiply(inputs.request.size, inputs.mid))
    return Worth(total, gross, multiply(total, inputs.tax_rate))


def bps_of(part: Decimal, whole: Decimal) -> Decimal:
    """One amount in basis points of another."""
    with localcontext(CONTEXT):
        return exact(part * BPS / whole)


def swept(quote: TwoWay, side: Side) -> Sweep | None:
    """The whole size dealt at once on the venues: what a client's buy makes the desk buy, and the other way round."""
    return quote.inputs.buy if side is Side.BUY else quote.inputs.sell


# ---------------------------------------------------------------- to the client


def message(quote: TwoWay, land: Landing | None, zone: ZoneInfo, language: Language) -> str:
    """The asked side, or both, ready to send: price and total, that tax is in it, until when, and when the rupiah land."""
    request = quote.inputs.request
    sides = (request.side,) if request.side else tuple(Side)
    lines = [_side_line(quote, side, language) for side in sides]
    lines.append(_holds(quote, zone, language))
    if land is not None and request.side is not None:
        lines.append(landing_line(land, request.side, zone, language))
    return "\n".join(lines)


def _side_line(quote: TwoWay, side: Side, language: Language) -> str:
    """`You buy 100,000 USDT @ Rp 15,893.0096 = Rp 1,589,300,960`."""
    request, unit = quote.inputs.request, unit_price(quote, side)
    coin, currency = request.pair.split("/")
    english, indonesian = ("You buy", "Anda beli") if side is Side.BUY else ("You sell", "Anda jual")
    verb = english if language == "english" else indonesian
    total = worth(quote, side).total
    if currency == "IDR":
        deal = f"{price(unit, language)} = Rp {amount(total, language, 0)}"
    else:
        places = len(plain(quote.inputs.tick).partition(".")[2])
        deal = f"{currency} {amount(unit, language, places)} = {currency} {amount(total, language, places)}"
    return f"{verb} {amount(request.size, language)} {coin} @ {deal}"


def _holds(quote: TwoWay, zone: ZoneInfo, language: Language) -> str:
    """That tax is in it, and until when it stands; or that it is no offer yet."""
    rate = amount(quote.inputs.tax_rate * _HUNDRED, language)
    at = _to_the_second(quote.expires_at if quote.firm else quote.inputs.quoted_at, zone, language)
    if language == "english":
        within = f"All in, {rate}% tax included." if quote.inputs.tax_rate else "All in."
        return f"{within} {f'Valid until {at}.' if quote.firm else f'Indicative only, at {at}.'}"
    within = f"Sudah termasuk pajak {rate}%." if quote.inputs.tax_rate else "Sudah termasuk semua biaya."
    return f"{within} {f'Berlaku sampai {at}.' if quote.firm else f'Hanya indikatif, pada {at}.'}"


def _to_the_second(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """`13:12:30 WITA`: seconds count where a price stands for some tens of them."""
    local = at.astimezone(zone)
    sign = ":" if language == "english" else "."
    return f"{local.strftime(f'%H{sign}%M{sign}%S')} {local.tzname()}"


def venue_words(found: Sweep) -> str:
    """How the venues share a size: `binance 60, okx 40`."""
    shares = ", ".join(f"{venue} {amount(size, 'english')}" for venue, size in found.venues)
    beyond = f"; {plain(found.extrapolated)} beyond what is visible" if found.extrapolated else ""
    return f"{shares}{beyond}"
