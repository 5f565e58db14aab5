"""A request is priced both ways, or refused at the field that is wrong; its acceptance is one trade."""

from dataclasses import replace
from decimal import Decimal

import pytest

from otc.errors import Refused
from otc.model import Cover, Quote, QuoteRequest, Rate, Side
from otc.quoting.two_way import Pricer, booked
from tests.builders import at, shipped

NOW = at("2024-03-05 13:12")
RATES = tuple(Rate(f"MM-00{n}", Decimal(r), NOW) for n, r in ((1, 15_842), (2, 15_836), (3, 15_851)))


def request(**changes: object) -> QuoteRequest:
    """A tier A client asks for 100,000 USDT."""
    asked = QuoteRequest("USDT/IDR", "A", Side.BUY, RATES, size=Decimal(100_000), client_id="CLT-001")
    return replace(asked, **changes)  # type: ignore[arg-type]  # a test names fields of QuoteRequest


def price(**changes: object) -> Quote:
    """Priced under the shipped configuration."""
    settings = shipped()
    return Pricer(settings, lambda: settings.spreads).price(request(**changes), "trader-1", NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"pair": "DOGE/IDR"}, "pair"),
        ({"pair": ""}, "pair"),
        ({"tier": "D"}, "tier"),
        ({"tier": "a"}, "tier"),
        ({"size": Decimal(0)}, "size"),
        ({"size": Decimal(-1)}, "size"),
        ({"size": None}, "size"),
        ({"client_amount_idr": Decimal(1_000_000)}, "size"),
        ({"size": Decimal("1.0000001")}, "size"),
        ({"size": Decimal("0.000001")}, "size"),
        ({"size": Decimal(100_000_000)}, "size"),
        ({"size": None, "client_amount_idr": Decimal(0)}, "client_amount_idr"),
        ({"size": None, "client_amount_idr": Decimal("1000000.5")}, "client_amount_idr"),
        ({"size": None, "client_amount_idr": Decimal("0.01")}, "client_amount_idr"),
        ({"rates": ()}, "mm_rate"),
        ({"market_maker_id": "MM-009"}, "mm_rate"),
        ({"rates": (Rate("MM-002", Decimal(9_999), NOW),)}, "rate_MM-002"),
        ({"rates": (Rate("MM-002", Decimal(30_001), NOW),)}, "rate_MM-002"),
        ({"rates": (Rate("MM-002", Decimal(-15_800), NOW),)}, "rate_MM-002"),
        ({"override_bps": Decimal("4.99"), "override_reason": "large"}, "override_bps"),
        ({"override_bps": Decimal("25.01"), "override_reason": "small"}, "override_bps"),
        ({"override_bps": Decimal(12)}, "override_reason"),
        ({"override_bps": Decimal(12), "override_reason": "  "}, "override_reason"),
    ],
)
def test_wrong_input_is_refused_at_its_field_with_a_sentence(changes, field):
    with pytest.raises(Refused) as refused:
        price(**changes)
    assert refused.value.field == field
    assert str(refused.value).endswith(".")


def test_an_override_counts_inside_its_bounds_and_needs_its_reason():
    """Tier A is 15 bps; ten either way are allowed, never below one."""
    for bps in ("5", "12", "25"):
        assert price(override_bps=Decimal(bps), override_reason="size").spread_bps == Decimal(bps)
    floor = replace(shipped(), spreads={**shipped().spreads, "USDT/IDR": {"A": Decimal(3), "B": Decimal(20), "C": Decimal(25)}})
    asked = request(override_bps=Decimal("0.5"), override_reason="size")
    with pytest.raises(Refused, match="1 to 13 bps"):
        Pricer(floor, lambda: floor.spreads).price(asked, "trader-1", NOW)


def test_each_side_is_priced_from_its_best_market_maker():
    quote = price()
    assert (quote.buy.market_maker_id, quote.sell.market_maker_id) == ("MM-002", "MM-003")
    chosen = price(market_maker_id="MM-001")
    assert chosen.buy.mm_rate_idr == chosen.sell.mm_rate_idr == 15_842


def test_the_same_inputs_give_the_same_quote_and_other_inputs_another():
    assert price() == price()
    assert price().quote_id != price(size=Decimal(100_001)).quote_id
    assert price().quote_id != price(purpose="capital injection").quote_id


def test_spreads_are_asked_for_anew_with_every_quote():
    settings = shipped()
    table = {pair: dict(tiers) for pair, tiers in settings.spreads.items()}
    pricer = Pricer(settings, lambda: table)
    before = pricer.price(request(), "trader-1", NOW)
    table["USDT/IDR"]["A"] = Decimal(18)
    after = pricer.price(request(), "trader-1", NOW)
    assert [before.spread_bps, after.spread_bps] == [Decimal(15), Decimal(18)]
    assert after.buy.price_idr - before.buy.price_idr == Decimal("4.7508")  # 15,836 x 3 bps


def test_without_a_tax_line_in_force_nothing_is_quoted():
    settings = shipped()
    with pytest.raises(Refused, match=r"tax line of desk.yaml"):
        Pricer(settings, lambda: settings.spreads).price(request(), "trader-1", at("2022-04-30 12:00"))


def test_the_booked_trade_carries_the_quotes_figures():
    quote = price(
        size=None, client_amount_idr=Decimal(5_000_000_000), purpose="capital injection", needed_by=at("2024-03-06 10:00")
    )
    trade = booked(quote, "trader-1", NOW, shipped())
    assert trade.mid_price_idr == Decimal(15_843)
    assert [trade.mm_price_idr, trade.client_price_idr] == [Decimal(15_836), Decimal("15893.0096")]
    assert trade.client_amount_idr == 5_000_000_000
    assert trade.net_pnl_idr == trade.gross_spread_idr - trade.tax_idr == quote.dealt.net_pnl_idr
    assert (trade.bank_account_id, trade.client_wallet_id, trade.mm_wallet_id) == (
        "BANK-IDR-001",
        "WALLET-USDT-001",
        "WALLET-MM-USDT",
    )
    assert (trade.purpose, trade.needed_by, trade.cover) == ("capital injection", at("2024-03-06 10:00"), Cover.MARKET_MAKER)
    assert trade.transaction_id.startswith("OTC-20240305-")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "CLT-999"}, "client_id"),
        ({"rates": (Rate("MM-X", Decimal(15_800), NOW),)}, "market_maker_id"),
    ],
)
def test_an_unknown_party_cannot_be_booked(changes, field):
    with pytest.raises(Refused) as refused:
        booked(price(**changes), "trader-1", NOW, shipped())
    assert refused.value.field == field
