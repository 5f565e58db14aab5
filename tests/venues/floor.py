"""What the loopback exchange shows in these tests, and settings that point at it."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from otc.config.markets import VenueLimits, VenueSettings, load_venues
from otc.sample.exchange import LISTINGS, LoopbackExchange

ROOT = Path(__file__).resolve().parents[2]
MIDS = {"BTC": Decimal(64_000), "PAXG": Decimal(2_400), "USDT": Decimal(1), "USDC": Decimal(1)}
RUPIAH = Decimal(16_000)
BOOKS = Path(__file__).parent / "books"
NATIVE = {"binance": "BTCUSDT", "okx": "BTC-USDT", "kraken": "XXBTZUSD", "coinbase": "BTC-USD", "coinbaseexchange": "BTC-USD"}
NATIVE |= {"indodax": "btcidr", "tokocrypto": "USDT_IDR"}
"""The market of each venue's recorded book."""
QUICK = VenueLimits(interval_ms=50, timeout_ms=1000)


def set_books(exchange: LoopbackExchange, step: int = 0, levels: int = 5) -> None:
    """A sound book in every market, `step` ticks above its usual place."""
    for venue, markets in LISTINGS.items():
        for market in markets:
            if market.dark or market.alias_of:
                continue
            mid = MIDS[market.base] * (RUPIAH if market.quote == "IDR" else 1) + step * market.tick
            away = [market.tick * place for place in range(1, levels + 1)]
            exchange.floor.set_book(
                venue, market.native_id, [(mid - a, Decimal("1.50")) for a in away], [(mid + a, Decimal("2.25")) for a in away]
            )


def pointed(exchange: LoopbackExchange, settings: VenueSettings, **changes: Any) -> VenueSettings:
    """Settings of a venue with the loopback exchange's addresses."""
    return replace(settings, **{"urls": exchange.urls(settings.exchange), "limits": QUICK, **changes})


def ours(exchange: LoopbackExchange, *names: str, **changes: Any) -> dict[str, VenueSettings]:
    """Venues of the house's venues.yaml, all of them where none is named, with the loopback exchange's addresses."""
    listed = load_venues(ROOT / "config")
    return {name: pointed(exchange, listed[name], **changes) for name in names or listed}


def few(venues: dict[str, VenueSettings]) -> dict[str, VenueSettings]:
    """Only the first market of each: Kraken may be asked every 1.2 seconds only, and Binance twice a second."""
    return {name: replace(venue, symbols=dict([next(iter(venue.symbols.items()))])) for name, venue in venues.items()}


def recorded(venue: str) -> tuple[str, str]:
    """The unified symbol and the body of a venue's recorded answer."""
    path = next(BOOKS.glob(f"{venue}_*.json"))
    return path.stem.split("_")[1].replace("-", "/"), path.read_text()


def one(exchange: LoopbackExchange, venue: str, **changes: Any) -> VenueSettings:
    """Settings of any venue that the loopback exchange speaks, with the market of its recorded book."""
    symbol, _ = recorded(venue)
    settings = VenueSettings(venue, {symbol: NATIVE[venue]}, Decimal(10), options=exchange.options(venue))
    return pointed(exchange, settings, **changes)
