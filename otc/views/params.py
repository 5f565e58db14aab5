"""What the desk quotes by, for whoever wants to know before asking: pairs, spreads, tax, two-way settings, venues."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from otc.config import DeskSettings, Settings, Spreads
from otc.views.written import written


def params_answer(settings: Settings, spreads: Spreads, now: datetime) -> dict[str, Any]:
    """The parameters in force at an instant: ticks and bands in the quote currency, spreads in bps per side."""
    desk = settings.desk
    answer: dict[str, Any] = written(
        {
            "as_of": now,
            "zone": desk.zones.desk.key,
            "pairs": _pairs(desk, spreads),
            "tax": _tax(desk, now),
            "quote_valid_s": desk.quoting.valid_s,
            "two_way": {f.name: getattr(desk.two_way, f.name) for f in fields(desk.two_way) if f.name != "pairs"},
            "market": desk.market.source,
            "venues": {
                name: {"exchange": venue.exchange, "taker_bps": venue.taker_bps, "symbols": sorted(venue.symbols)}
                for name, venue in settings.venues.items()
            },
        },
        desk.zones.desk,
    )
    return answer


def _pairs(desk: DeskSettings, spreads: Spreads) -> dict[str, dict[str, object]]:
    """Each pair once: a pair in rupiah with its band, and what a two-way price of it needs where there is any."""
    found: dict[str, dict[str, object]] = {}
    for name, pair in desk.pairs.items():
        band = {"low": pair.band_low, "high": pair.band_high}
        found[name] = {"tick": pair.tick, "size_places": pair.size_places, "band": band, "spreads": spreads[name]}
    for name, two_way in desk.two_way.pairs.items():
        own = {"tick": two_way.tick, "size_places": two_way.size_places, "band": None, "spreads": two_way.spreads}
        found[name] = found.get(name, own) | {"clip": two_way.clip}
    return found


def _tax(desk: DeskSettings, now: datetime) -> dict[str, object]:
    line = desk.tax_on(now.astimezone(desk.zones.books).date())
    return {"from": line.from_, "code": line.code, "rate": line.rate, "payer": line.payer, "base": line.base}
