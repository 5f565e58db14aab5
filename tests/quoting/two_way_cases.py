"""Inputs of two-way quotes for tests: one in a line, or drawn by Hypothesis from a calm gram of gold to a storm of coins."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from otc.model.market import Exclusion, Sweep, UsedRate
from otc.model.rfq import Charges, QuoteInputs, RfqRequest, SettlementInputs
from tests.builders import at

NOON: Final = at("2024-03-05 12:00")
DEFAULTS: Final = Charges(
    theta=Decimal("0.5"),
    liquidity_k=Decimal(3),
    liquidity_cap_bps=Decimal(15),
    financing_rate=Decimal("0.09"),
    handling_bps=Decimal("0.5"),
    unhedged_k=Decimal("0.5"),
    default_bps=Decimal(0),
)
COINS: Final = QuoteInputs(
    request=RfqRequest("BTC/USD", Decimal(200), "A", client_id="CLT-001"),
    quoted_at=NOON,
    quoted_by="trader-1",
    mode="full",
    tick=Decimal("0.01"),
    ttl_s=10,
    margin_bps=Decimal(8),
    minimum_margin_bps=Decimal(2),
    tax_rate=Decimal(0),
    mid=Decimal(60_000),
    half_spread_bps=Decimal("1.25"),
    sigma_bps=Decimal("0.5"),
    eta_bps=Decimal(20),
    horizon_s=1200,
    risk_aversion=Decimal("0.01"),
    depth_ratio=Decimal(1),
    inventory_skew_bps=Decimal(0),
    settlement=SettlementInputs(Decimal(0), 0),
    charges=DEFAULTS,
    rates=(UsedRate("USDT/USD", Decimal("0.9991"), "one venue", NOON),),
    buy=Sweep("buy", Decimal(200), Decimal(200), Decimal("60013.5"), Decimal(60_015), (("one venue", Decimal(200)),)),
    sell=None,
    excluded=(Exclusion("another venue", "BTC/USD", "No book has come yet."),),
)
"""200 BTC for a tier A client on calm books, no cut-off near."""


def inputs(**changes: object) -> QuoteInputs:
    """Those of COINS, with changes; `size` changes the request's."""
    size = changes.pop("size", COINS.request.size)
    request = replace(COINS.request, size=size)  # type: ignore[arg-type]  # a Decimal
    return replace(COINS, **{"request": request, **changes})  # type: ignore[arg-type]  # a test names fields of QuoteInputs


def exactly(*numbers: object) -> tuple[Decimal, ...]:
    """The numbers as Decimals, to compare with."""
    return tuple(Decimal(str(number)) for number in numbers)


def _amounts(low: str, high: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(low), Decimal(high), places=places)


SIZES: Final = _amounts("0.00000001", "5000", 8)
SIGMAS: Final = _amounts("0", "5", 5)
SKEWS: Final = _amounts("-500", "500", 8)
SETTLEMENTS: Final = st.builds(
    SettlementInputs, _amounts("0", "1", 6), st.integers(0, 10), st.just("RTGS closes at 14:00."), _amounts("0", "72", 2)
)
CHARGES: Final = st.builds(
    Charges,
    theta=_amounts("0", "1", 3),
    liquidity_k=_amounts("0", "10", 2),
    liquidity_cap_bps=_amounts("0", "30", 2),
    financing_rate=_amounts("0", "0.3", 4),
    handling_bps=_amounts("0", "5", 3),
    unhedged_k=_amounts("0", "2", 2),
    default_bps=_amounts("0", "20", 3),
)
INPUTS: Final = st.builds(
    replace,
    st.just(COINS),
    request=st.builds(RfqRequest, st.sampled_from(["BTC/IDR", "USDT/IDR", "PAXG/USD"]), SIZES, st.sampled_from("ABC")),
    mode=st.sampled_from(["full", "full", "full", "source"]),
    tick=st.sampled_from([Decimal(1), Decimal("0.01"), Decimal("0.0001"), Decimal(5)]),
    ttl_s=st.integers(1, 60),
    margin_bps=_amounts("0", "200", 4),
    minimum_margin_bps=_amounts("0", "5", 2),
    tax_rate=st.sampled_from([Decimal(0), Decimal("0.0021")]),
    mid=_amounts("10000", "3000000000", 8),
    half_spread_bps=_amounts("-5", "60", 9),
    sigma_bps=SIGMAS,
    eta_bps=_amounts("0.0001", "2", 4),
    horizon_s=st.integers(60, 7200),
    depth_ratio=_amounts("0", "3", 6),
    inventory_skew_bps=SKEWS,
    settlement=SETTLEMENTS,
    charges=CHARGES,
)
"""Inputs of every kind, none of which costs more than the price itself."""
