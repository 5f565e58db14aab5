"""No order passes a limit: random orders that were let through are held against the limits by simple counting."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from otc.config.execution import LimitSettings
from otc.hedging.limits import Exposure, check, check_parent
from otc.model.hedge import Child, HedgeState, Parent
from tests.soak import SOAK

NOW = datetime(2024, 3, 5, 5, 12, tzinfo=UTC)
FAIR = Decimal(60000)
LIMITS = LimitSettings(
    order_notional=Decimal(200_000), parent_notional=Decimal(5_000_000), exposure=Decimal(500_000), collar_bps=Decimal(50),
    slippage_bps=Decimal(80), orders_per_minute=12, venue_orders_per_minute=5, open_orders=6, venue_open_orders=3,
)  # fmt: skip
PARENT = Parent(
    "p-1", "BTC/USD", "buy", Decimal(20), 600, "twap", "calm", Decimal(4), FAIR, Decimal(5), Decimal(60), NOW, "trader-1"
)
CHILD = Child("c-1", "p-1", 1, "okx", "BTC/USDT", "buy", Decimal(1), Decimal(60010), FAIR, NOW)


def state(filled: str = "0", in_flight: str = "0", **changes: object) -> HedgeState:
    """A parent of which so much is filled and in flight."""
    return HedgeState(replace(PARENT, **changes), "running", 600, Decimal(filled), Decimal(in_flight))  # type: ignore[arg-type]  # by name


def test_an_ordinary_order_may_go() -> None:
    """Within every limit nothing is said."""
    assert check(CHILD, state(), FAIR, Exposure(), LIMITS) == ""


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"size": Decimal(0)}, "above zero"),
        ({"size": Decimal("NaN")}, "above zero"),
        ({"limit_price": Decimal("Infinity")}, "above zero"),
        ({"size": Decimal(-1)}, "above zero"),
        ({"side": "sell"}, "no order of this hedge"),
        ({"symbol": "ETH/USDT"}, "no order of this hedge"),
        ({"parent_id": "p-2"}, "no order of this hedge"),
        ({"size": Decimal(21)}, "remains"),
        ({"size": Decimal(5)}, "clip"),
        ({"limit_price": Decimal("60300.01")}, "50 bps from fair"),
        ({"limit_price": Decimal("59699.99")}, "50 bps from fair"),
        ({"rate": Decimal("1.02")}, "50 bps from fair"),
        ({"size": Decimal(4)}, "one order may be"),
    ],
)
def test_each_limit_says_why(changes: dict[str, object], why: str) -> None:
    """One step beyond it; at the limit itself an order may go."""
    assert why in check(replace(CHILD, **changes), state(), FAIR, Exposure(), LIMITS)  # type: ignore[arg-type]  # by name
    assert check(replace(CHILD, limit_price=Decimal(60300)), state(), FAIR, Exposure(), LIMITS) == ""


def test_a_price_is_held_against_the_arrival_price_as_well() -> None:
    """The market may run away; the hedge pays no more than its own limit beyond where it began, on either side."""
    dear = replace(CHILD, limit_price=Decimal(60600))
    assert "60 bps beyond the arrival" in check(dear, state(), Decimal(60600), Exposure(), LIMITS)
    assert check(replace(CHILD, limit_price=Decimal(60360)), state(), Decimal(60350), Exposure(), LIMITS) == ""
    selling = replace(CHILD, side="sell", limit_price=Decimal(59400))
    assert "60 bps beyond the arrival" in check(selling, state(side="sell"), Decimal(59400), Exposure(), LIMITS)
    assert "80 bps beyond" in check(replace(dear, limit_price=Decimal(60500)), state(limit_bps=Decimal(900)), Decimal(60500),
                                    Exposure(), LIMITS)  # fmt: skip


@pytest.mark.parametrize("fair", ["0", "-1", "NaN", "Infinity"])
def test_without_a_fair_value_nothing_goes(fair: str) -> None:
    """There is nothing to hold a price against."""
    assert "no fair value" in check(CHILD, state(), Decimal(fair), Exposure(), LIMITS)


def test_a_hedge_as_a_whole_has_limits_too() -> None:
    """Its worth, its size, its time."""
    assert check_parent(PARENT, LIMITS) == ""
    assert "most one hedge may be" in check_parent(replace(PARENT, size=Decimal(84)), LIMITS)
    assert "above zero" in check_parent(replace(PARENT, clip=Decimal(0)), LIMITS)
    assert "above zero seconds" in check_parent(replace(PARENT, horizon_s=0), LIMITS)


def test_of_ten_thousand_random_orders_none_passes_a_limit() -> None:
    """A book of orders that grows and shrinks; whatever is let through keeps every limit, counted by hand."""
    chance, now = Random(11), NOW  # noqa: S311 - made-up orders
    out, filled, let, refused = Exposure(), Decimal(0), 0, 0
    for number in range(10_000 if SOAK else 1500):
        now += timedelta(seconds=chance.choice([0, 1, 2, 5, 20]))
        open_now = tuple((child, rest) for child, rest in out.open_children if chance.random() < 0.8)
        out = Exposure(open_now, tuple(child for child in out.lately if child.intended_at > now - timedelta(minutes=1)))
        fair = FAIR * Decimal(chance.randrange(9930, 10070)) / 10000
        size = Decimal(chance.randrange(-50, 450)) / 100
        venue = chance.choice(["okx", "kraken", "binance"])
        price, rate = fair * chance.randrange(9930, 10070) / 10000, Decimal(chance.choice(["1", "0.999", "1.001"]))
        child = Child(f"c-{number}", "p-1", number, venue, "BTC/USDT", "buy", size, price, fair, now, rate)
        in_flight = sum((rest for _, rest in out.open_children), Decimal(0))
        if check(child, HedgeState(PARENT, "running", 600, filled, in_flight), fair, out, LIMITS):
            refused += 1
            continue
        let += 1
        out = out.with_sent(child)
        keeps_all(child, fair, out, filled)
        filled = (filled + size) % 15
    assert let > 50
    assert refused > 500


def keeps_all(child: Child, fair: Decimal, out: Exposure, filled: Decimal) -> None:
    """Every limit, by counting what is out once the order has gone."""
    price = child.limit_price * child.rate
    assert 0 < child.size <= PARENT.clip
    assert filled + sum(rest for _, rest in out.open_children) <= PARENT.size
    assert child.size * price <= LIMITS.order_notional
    assert sum(rest * other.limit_price * other.rate for other, rest in out.open_children) <= LIMITS.exposure
    assert abs(price / fair - 1) <= Decimal("0.005") + Decimal("1e-20")
    assert price / PARENT.arrival_price - 1 <= Decimal("0.006") + Decimal("1e-20")
    assert len(out.open_children) <= LIMITS.open_orders
    assert len(out.lately) <= LIMITS.orders_per_minute
    for venue in ("okx", "kraken", "binance"):
        assert sum(other.venue == venue for other, _ in out.open_children) <= LIMITS.venue_open_orders
        assert sum(other.venue == venue for other in out.lately) <= LIMITS.venue_orders_per_minute
