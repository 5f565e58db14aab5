"""The life of a request: priced, kept, accepted once while it stands, and made again to the byte."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otc.codec import to_json
from otc.config import Settings
from otc.desk.rfqs import Rfqs
from otc.errors import Refused
from otc.model import Cover, Side, Status
from otc.model.rfq import RfqRequest
from otc.ports import Changes
from otc.quoting.rfq import price
from otc.quoting.rfq_booking import booked
from tests.builders import STORE_KINDS, HandClock, at, desk_on, opened, rfqs_on, shipped
from tests.still_market import StillMarket

NOON = "2024-03-05 12:00"
USDT = RfqRequest("USDT/IDR", Decimal(100_000), "A", Side.BUY, client_id="CLT-001")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(at(NOON))


@pytest.fixture(params=STORE_KINDS)
def rfqs(request, tmp_path, clock):
    """A desk on each store, before a market that stands still."""
    store = opened(request.param, tmp_path)
    yield rfqs_on(desk_on(store, clock), StillMarket(clock()))
    store.close()


def source_mode(rfqs: Rfqs) -> Rfqs:
    """The same desk pricing as the source does: the mid and one spread."""
    desk = rfqs.settings.desk
    settings: Settings = replace(rfqs.settings, desk=replace(desk, two_way=replace(desk.two_way, mode="source")))
    return replace(rfqs, settings=settings)


def test_two_hundred_coins_on_still_books_are_quoted_eight_basis_points_around_sixty_thousand(rfqs):
    made = source_mode(rfqs).quote(RfqRequest("BTC/USD", Decimal(200), "A"), "trader-1")
    assert (made.mid, made.bid, made.ask) == (Decimal(60_000), Decimal(59_952), Decimal(60_048))
    assert made.inputs.buy is not None
    assert made.inputs.buy.average_price == Decimal("60013.5")
    assert dict(made.inputs.buy.venues) == {"binance": 100, "coinbase": 60, "okx": 40}


def test_a_request_accepted_twice_is_one_trade(rfqs):
    made = rfqs.quote(USDT, "trader-1")
    first = rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    assert rfqs.accept(made.quote_id, Side.BUY, "trader-1") == first
    assert rfqs.store.transaction_ids() == [first.transaction_id]
    assert (first.cover, first.client_price_idr, first.size) == (Cover.VENUES, made.ask, 100_000)
    states = [step.state for step in rfqs.store.rfq_events(rfqs.store.rfq_of(made.quote_id))]
    assert states == ["requested", "quoted", "accepted"]


def test_a_price_that_was_shown_is_kept_as_it_was_shown_and_once(rfqs, clock):
    """Under its own instant, however late and however often it is kept; what the client saw is what can be accepted."""
    shown = rfqs.priced(USDT, "trader-1", clock())
    clock.set(clock() + timedelta(seconds=3))
    assert rfqs.keep(shown) == rfqs.keep(shown) == shown
    assert rfqs.store.outcomes(10) == [(shown, "quoted")]
    assert [step.state for step in rfqs.store.rfq_events(rfqs.store.rfq_of(shown.quote_id))] == ["requested", "quoted"]
    assert rfqs.accept(shown.quote_id, Side.BUY, "trader-1").client_price_idr == shown.ask


def test_a_request_priced_anew_is_one_request_with_two_quotes(rfqs, clock):
    first = rfqs.quote(USDT, "trader-1")
    rfq_id = rfqs.store.rfq_of(first.quote_id)
    clock.set(clock() + timedelta(seconds=30))
    second = replace(rfqs, market=StillMarket(clock())).quote(USDT, "trader-1", rfq_id)
    assert [step.state for step in rfqs.store.rfq_events(rfq_id)] == ["requested", "quoted", "quoted"]
    assert rfqs.accept(second.quote_id, Side.BUY, "trader-1").quote_id == second.quote_id
    with pytest.raises(Refused, match="was accepted as"):
        rfqs.quote(USDT, "trader-1", rfq_id)


def test_what_the_acceptance_books_adds_up_and_stands_pending(rfqs):
    made = rfqs.quote(USDT, "trader-1")
    trade = rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    assert trade.client_amount_idr == made.ask * 100_000
    assert trade.mm_amount_idr == made.mid * 100_000
    assert trade.gross_spread_idr == trade.client_amount_idr - trade.mm_amount_idr
    assert trade.tax_idr == trade.client_amount_idr * Decimal("0.0021")
    assert trade.net_pnl_idr == trade.gross_spread_idr - trade.tax_idr
    desk = desk_on(rfqs.store, rfqs.clock)
    assert [row["status"] for row in desk.rows("aging", desk.moment())] == [Status.PENDING]


def test_a_price_that_has_run_out_books_nothing_and_the_request_is_expired(rfqs, clock):
    made = rfqs.quote(USDT, "trader-1")
    clock.set(made.expires_at)
    with pytest.raises(Refused, match=r"The price stood until 2024-03-05T12:00:10\+08:00; ask for a new one"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    assert rfqs.store.transaction_ids() == []
    assert rfqs.store.rfq_events(rfqs.store.rfq_of(made.quote_id))[-1].state == "expired"
    with pytest.raises(Refused, match="was expired already"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")


def test_the_last_moment_before_the_end_still_books(rfqs, clock):
    made = rfqs.quote(USDT, "trader-1")
    clock.set(made.expires_at - timedelta(microseconds=1))
    assert rfqs.accept(made.quote_id, Side.BUY, "trader-1").quote_id == made.quote_id


@pytest.mark.parametrize("end", ["refused", "withdrawn", "expired"])
def test_a_request_that_has_ended_is_not_booked_any_more(rfqs, clock, end):
    made = rfqs.quote(USDT, "trader-1")
    if end == "expired":
        clock.set(made.expires_at)
    rfqs.end(made.quote_id, end, "trader-1", "too dear")
    with pytest.raises(Refused, match=f"This request was {end} already"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    with pytest.raises(Refused, match=f"This request was {end} already"):
        rfqs.end(made.quote_id, "refused", "trader-1")
    assert rfqs.store.transaction_ids() == []


def test_a_price_that_still_stands_has_not_expired(rfqs):
    made = rfqs.quote(USDT, "trader-1")
    with pytest.raises(Refused, match=r"stands until 2024-03-05T12:00:10\+08:00; withdraw it instead"):
        rfqs.end(made.quote_id, "expired", "trader-1")
    assert rfqs.accept(made.quote_id, Side.BUY, "trader-1").quote_id == made.quote_id


def test_of_two_prices_for_one_request_only_the_last_can_be_accepted(rfqs):
    """Else the client would choose the better of the two."""
    first = rfqs.quote(USDT, "trader-1")
    second = rfqs.quote(USDT, "trader-2", rfqs.store.rfq_of(first.quote_id))
    with pytest.raises(Refused, match=f"priced anew as {second.quote_id}"):
        rfqs.accept(first.quote_id, Side.BUY, "trader-1")
    assert rfqs.accept(second.quote_id, Side.BUY, "trader-1").quote_id == second.quote_id


def test_two_trades_never_share_a_name(rfqs):
    """The letters of a name come from its content; where another trade has them already, nothing is booked over it."""
    made = rfqs.quote(USDT, "trader-1")
    named = booked(made, Side.BUY, "trader-1", at(NOON), rfqs.settings)
    with rfqs.store.writing() as writer:
        writer.append(Changes(trades=[replace(named, quote_id="of another quote")]))
    with pytest.raises(Refused, match=f"Another trade is named {named.transaction_id} already"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    assert rfqs.store.trades([named.transaction_id])[named.transaction_id].quote_id == "of another quote"


def test_a_simulated_price_is_not_booked_among_the_desks_own_trades(rfqs):
    made = rfqs.priced(USDT, "trader-1", at(NOON))
    played = price(replace(made.inputs, simulated=True))
    rfqs.keep(played)
    with pytest.raises(Refused, match="The price is of a SIMULATED market"):
        rfqs.accept(played.quote_id, Side.BUY, "trader-1")
    rfqs.store.set_meta(replace(rfqs.store.meta, label="SAMPLE"))
    assert rfqs.accept(played.quote_id, Side.BUY, "trader-1").quote_id == played.quote_id


def test_a_quote_is_found_while_somebody_else_writes_for_long(rfqs):
    """An import holds the store for a minute: a price that was given out meanwhile is there for whoever asks."""
    with rfqs.store.writing() as writer:
        with ThreadPoolExecutor(1) as other:
            made = other.submit(rfqs.quote, USDT, "trader-1").result(timeout=10)
            assert other.submit(rfqs.store.two_way, made.quote_id).result(timeout=10) == made
            assert other.submit(rfqs.store.outcomes, 10).result(timeout=10) == [(made, "quoted")]
        writer.append(Changes())
    assert rfqs.store.outcomes(10) == [(made, "quoted")]


def test_accepted_by_two_at_once_it_is_one_trade(rfqs):
    for number in range(5):
        made = rfqs.quote(replace(USDT, size=Decimal(1000 + number)), "trader-1")
        with ThreadPoolExecutor(2) as both:
            asked = [both.submit(rfqs.accept, made.quote_id, Side.BUY, "trader-1") for _ in range(2)]
            assert len({done.result().transaction_id for done in asked}) == 1
    assert len(rfqs.store.transaction_ids()) == 5


def test_only_the_side_that_was_asked_for_can_be_accepted(rfqs):
    made = rfqs.quote(USDT, "trader-1")
    with pytest.raises(Refused, match="asked to buy") as refused:
        rfqs.accept(made.quote_id, Side.SELL, "trader-1")
    assert refused.value.field == "side"


def test_of_a_two_way_price_one_side_is_accepted_and_the_other_is_gone(rfqs):
    made = rfqs.quote(replace(USDT, side=None), "trader-1")
    booked = rfqs.accept(made.quote_id, Side.SELL, "trader-1")
    assert booked.client_amount_idr == made.bid * 100_000
    with pytest.raises(Refused, match=f"accepted as {booked.transaction_id} already"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")


def test_an_indicative_price_cannot_be_accepted(rfqs):
    far = replace(USDT, size=Decimal(30_000_000))
    made = rfqs.quote(far, "trader-1")
    assert not made.firm
    with pytest.raises(Refused, match="The price is indicative"):
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")


def test_without_a_client_nothing_is_booked(rfqs):
    made = rfqs.quote(replace(USDT, client_id=""), "trader-1")
    with pytest.raises(Refused, match="Choose a client") as refused:
        rfqs.accept(made.quote_id, Side.BUY, "trader-1")
    assert refused.value.field == "client_id"


def test_a_quote_is_made_again_from_what_was_kept_to_the_byte(rfqs):
    made = rfqs.quote(USDT, "trader-1")
    later = replace(rfqs, market=StillMarket(at("2024-03-06 12:00"), books={}))
    assert to_json(later.replay(made.quote_id)) == to_json(made)


def test_a_price_that_its_inputs_do_not_give_is_told(rfqs):
    made = rfqs.priced(USDT, "trader-1", at(NOON))
    forged = replace(made, ask=made.ask + 1)
    with rfqs.store.writing() as writer:
        writer.append(Changes(two_ways=[forged]))
    with pytest.raises(Refused, match="is not what its inputs give"):
        rfqs.replay(made.quote_id)


def test_a_venue_that_is_down_is_named_in_the_quote_and_prices_nothing(rfqs, clock):
    out = {("binance", "BTC/USDT"): "No answer for 6.0 s."}
    down = replace(rfqs, market=StillMarket(clock(), down=out))
    made = down.quote(RfqRequest("BTC/USD", Decimal(50), "A"), "trader-1")
    assert made.inputs.buy is not None
    assert "binance" not in dict(made.inputs.buy.venues)
    assert [(e.venue, e.symbol) for e in made.inputs.excluded] == [("binance", "BTC/USDT")]
    assert "No answer for 6.0 s" in made.inputs.excluded[0].reason


def test_with_no_venue_at_all_the_request_is_refused_and_nothing_is_kept(rfqs, clock):
    empty = replace(rfqs, market=StillMarket(clock(), books={}))
    with pytest.raises(Refused):
        empty.quote(USDT, "trader-1")
    assert rfqs.store.outcomes(10) == []


def test_a_typed_rate_is_kept_under_a_name_and_must_be_one(rfqs):
    typed = rfqs.type_rate("XAU/USD", Decimal("2650.5"), "trader-1")
    assert rfqs.store.desk_rates() == {"XAU/USD": typed}
    with pytest.raises(Refused, match="is no rate the desk types"):
        rfqs.type_rate("EUR/USD", Decimal(1), "trader-1")
    with pytest.raises(Refused, match="is not above zero"):
        rfqs.type_rate("USD/IDR", Decimal(0), "trader-1")


def test_an_unknown_quote_is_told(rfqs):
    with pytest.raises(Refused, match="There is no two-way quote"):
        rfqs.accept("none", Side.BUY, "trader-1")
    assert shipped().desk.two_way.ttl_s == 10
