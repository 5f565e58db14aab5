"""What a hedge cost, taken apart: the lines sum to the shortfall to the last digit, per fill, venue and child."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from otc.hedging.tca import Cost, cost_of, report
from otc.model.hedge import Child, Fill, Hedge, Parent
from tests.soak import examples

NOW = datetime(2024, 3, 5, 5, 12, tzinfo=UTC)
PARENT = Parent(
    "p-1", "BTC/USD", "buy", Decimal(3), 60, "twap", "calm", Decimal(2), Decimal(60020), Decimal("7.5"), Decimal(100), NOW,
    "trader-1", quote_mid=Decimal(60000), accept_mid=Decimal(60010),
)  # fmt: skip
FIRST = Child("c-1", "p-1", 1, "kraken", "BTC/USD", "buy", Decimal(2), Decimal(60100), Decimal(60030), NOW)
SECOND = Child("c-2", "p-1", 2, "binance", "BTC/USDT", "buy", Decimal(1), Decimal(60100), Decimal(60050), NOW, Decimal("0.999"))
FILLS = (
    Fill("f-1", "c-1", "p-1", "kraken", "BTC/USD", Decimal(60035), Decimal(2), Decimal(48), "USD", Decimal(1), NOW, Decimal(1)),
    Fill("f-2", "c-2", "p-1", "binance", "BTC/USDT", Decimal(60200), Decimal(1), Decimal("0.001"), "BTC", Decimal("0.999"), NOW,
         Decimal(60000)),
)  # fmt: skip
HEDGE = Hedge(PARENT, (FIRST, SECOND), fills=FILLS)


def test_a_hedge_of_two_fills_by_hand() -> None:
    """Quoted 60,000; 60,010 when accepted; 60,030 and 60,050 at the children; bought at 60,035 and, in USDT, at 60,139.80."""
    found = report(HEDGE)
    assert found.by_child["c-1"] == Cost(Decimal(2), Decimal(20), Decimal(40), Decimal(0), Decimal(10), Decimal(48))
    second = found.by_venue["binance"]
    assert (second.acceptance_drift, second.delay, second.timing) == (Decimal(10), Decimal(20), Decimal(20))
    assert (second.impact, second.fees) == (Decimal("89.8"), Decimal(60))
    paid = 2 * Decimal(60035) + Decimal("60139.8") + 48 + 60
    assert found.cost.total == paid - 3 * Decimal(60000)
    assert found.average_price == Decimal("60069.933333333333333333")
    assert round(found.arrival_bps, 4) == Decimal("8.3194")  # 49.9333 of 60,020
    assert found.estimate_bps == Decimal("7.5")
    assert found.surprise_bps == found.arrival_bps + found.fees_bps - Decimal("7.5")


def test_what_is_dearer_costs_a_buyer_and_brings_a_seller() -> None:
    """The same prices on the other side: every line but the fees turns round."""
    sold = Hedge(replace(PARENT, side="sell"), tuple(replace(child, side="sell") for child in HEDGE.children), fills=FILLS)
    bought, turned = report(HEDGE).cost, report(sold).cost
    assert turned.impact == -bought.impact
    assert turned.total - turned.fees == -(bought.total - bought.fees)
    assert turned.fees == bought.fees


def test_against_the_market_meanwhile() -> None:
    """Mids stand until the next one; trades weigh by their size; what is not known is not guessed."""
    mids = [(NOW, Decimal(60000)), (NOW + timedelta(seconds=30), Decimal(60060)), (NOW + timedelta(seconds=40), Decimal(61000))]
    found = report(HEDGE, mids, [(Decimal(60000), Decimal(1)), (Decimal(60040), Decimal(3))])
    twap, vwap = (Decimal(60000) * 30 + Decimal(60060) * 10) / 40, Decimal(60030)
    average = found.average_price
    assert average is not None
    assert round(found.twap_bps or Decimal(0), 9) == round((average - twap) / twap * 10000, 9)
    assert round(found.vwap_bps or Decimal(0), 9) == round((average - vwap) / vwap * 10000, 9)
    assert (report(HEDGE).vwap_bps, report(HEDGE).twap_bps) == (None, None)


def test_a_fee_without_a_rate_is_counted_apart() -> None:
    """It is in no sum, and the report says that one is missing; a hedge without fills has cost nothing yet."""
    unpriced = replace(FILLS[0], fee=Decimal(5), fee_currency="BNB", fee_rate=None)
    found = report(replace(HEDGE, fills=(unpriced, FILLS[1]))).cost
    assert (found.unpriced, found.fees) == (1, Decimal(60))
    assert report(replace(HEDGE, fills=())).cost == Cost()
    assert report(replace(HEDGE, fills=())).average_price is None


prices = st.decimals(Decimal("0.000001"), Decimal(10**9), places=18)
sizes = st.decimals(Decimal("0.000000000000000001"), Decimal(10**6), places=18)


@given(
    st.lists(st.tuples(prices, prices, sizes, sizes, prices, st.integers(0, 2)), min_size=1, max_size=6), prices, prices, prices
)
@settings(max_examples=examples(60), deadline=None)
def test_the_lines_sum_to_the_shortfall_exactly(rows, quote: Decimal, accept: Decimal, arrival: Decimal) -> None:
    """Held against fractions, which never round: per fill, and over venues and children in all."""
    parent = replace(PARENT, quote_mid=quote, accept_mid=accept, arrival_price=arrival)
    children, fills = [], []
    for n, (mid, price, size, fee, rate, venue) in enumerate(rows):
        children.append(replace(FIRST, child_id=f"c-{n}", venue=f"v{venue}", mid=mid))
        fills.append(Fill(f"f-{n}", f"c-{n}", "p-1", f"v{venue}", "BTC/USDT", price, size, fee, "X", rate, NOW, rate))
    hedge = Hedge(parent, tuple(children), fills=tuple(fills))
    found, whole = report(hedge), Fraction(0)
    for fill, child in zip(fills, children, strict=True):
        paid = Fraction(fill.price) * Fraction(fill.rate) - Fraction(quote)
        shortfall = paid * Fraction(fill.size) + Fraction(fill.fee) * Fraction(fill.rate)
        assert Fraction(cost_of(fill, child, hedge).total) == shortfall
        whole += shortfall
    assert Fraction(found.cost.total) == whole
    assert sum(Fraction(cost.total) for cost in found.by_venue.values()) == whole
    assert sum(Fraction(cost.total) for cost in found.by_child.values()) == whole
