"""What a venue's answer to an order proves: rejected only where it surely was not taken, unknown in every other case."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest

from otc.config.markets import VenueSettings
from otc.errors import ConfigError
from otc.sample.exchange import Fault, LoopbackExchange
from otc.venues.ccxt_orders import CcxtOrders
from tests.venues.floor import set_books
from tests.venues.ordering import KEYS, NOW, SYMBOLS, Wire, child_of, orders_at

VENUES = tuple(SYMBOLS)


@pytest.fixture(scope="module")
def floor() -> Iterator[LoopbackExchange]:
    """One exchange for the module."""
    with LoopbackExchange() as running:
        set_books(running)
        yield running


@pytest.fixture(scope="module")
def opened(floor: LoopbackExchange) -> Iterator[dict[str, tuple[CcxtOrders, Wire]]]:
    """Every venue's orders, opened once."""
    with ExitStack() as stack:
        yield {venue: stack.enter_context(orders_at(floor, venue)) for venue in VENUES}


@pytest.mark.parametrize("venue", VENUES)
def test_our_id_reaches_the_venue_and_finds_the_order_again(opened, floor: LoopbackExchange, venue: str) -> None:
    """With every fill at its own price and its fee, to the last digit; before it was sent it is not found."""
    orders, _ = opened[venue]
    child = child_of(venue, 100)
    assert orders.look_up(child, "").state == "not_found"
    answer = orders.send(child)
    assert answer.state == "sent"
    found = orders.look_up(child, "")
    assert (found.state, found.venue_order_id, found.still_open, found.filled) == (
        "found",
        answer.venue_order_id,
        False,
        Decimal(3),
    )
    assert [order.client_id for order in floor.ledger.orders(venue)].count(child.child_id) == 1
    tick = Decimal("0.01") if venue in ("binance", "coinbase") else Decimal("0.1")
    assert [(fill.price, fill.size) for fill in found.fills] == [
        (64000 + tick, Decimal("2.25")),
        (64000 + 2 * tick, Decimal("0.75")),
    ]
    assert [fill.fee for fill in found.fills] == [fill.price * fill.size / 1000 for fill in found.fills]
    assert {fill.fee_currency for fill in found.fills} == {SYMBOLS[venue].split("/")[1]}


@pytest.mark.parametrize("venue", VENUES)
def test_an_order_is_immediate_or_cancel_and_is_refused_by_the_venue_when_it_comes_late(opened, venue: str) -> None:
    """As each venue can be told so: a window, a deadline, a header, or a token that ends."""
    orders, wire = opened[venue]
    orders.send(child_of(venue, 101))
    sent = wire.sent[-1]
    assert child_of(venue, 101).child_id in sent
    assert any(word in sent.lower() for word in ("timeinforce=ioc", '"ordtype":"ioc"', "sor_limit_ioc"))
    assert orders.expiry is not None
    assert orders.expiry >= timedelta(seconds=10)
    assert {"binance": "recvWindow=5000", "kraken": "deadline="}.get(venue, "") in sent


UNREADABLE = ((200, "<html>We are checking.</html>"), (200, "null"), (200, ""), (200, "[]"), (200, "{}"), (200, '{"orderId": 1'))
BROKEN = ((500, "error"), (502, "Bad gateway"), (503, "Service unavailable"), (504, ""), (520, "?"), (522, ""),
          (403, "Forbidden"), (404, "Not found"), (408, "Timeout"), (409, "Conflict"), (301, ""), (307, ""))  # fmt: skip
SAYS: dict[str, dict[str, list[tuple[int, object]]]] = {
    "binance": {
        "rejected": [
            (400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}),
            (400, {"code": -1121, "msg": "Invalid symbol."}),
            (400, {"code": -1013, "msg": "Filter failure: NOTIONAL"}),
            (400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}),
            (400, {"code": -1022, "msg": "Signature for this request is not valid."}),
            (400, {"code": -1102, "msg": "Mandatory parameter was not sent."}),
            (401, {"code": -2014, "msg": "API-key format invalid."}),
            (429, {"code": -1003, "msg": "Too much request weight used."}),
            (418, {"code": -1003, "msg": "Way too much request weight used; IP banned."}),
        ],
        "unknown": [
            (400, {"code": -2010, "msg": "Duplicate order sent."}),
            (400, {"code": -2013, "msg": "Order does not exist."}),
            (503, {"code": -1000, "msg": "Unknown error, please check your request or try again later."}),
            (503, {"code": -1013, "msg": "Filter failure: NOTIONAL"}),
            (400, {"code": -1006, "msg": "Execution status unknown."}),
            (400, {"code": -1007, "msg": "Timeout waiting for response from backend server. Send status unknown."}),
            (400, {"code": -1001, "msg": "Internal error; unable to process your request."}),
        ],
    },
    "okx": {
        "rejected": [
            (200, {"code": "1", "data": [{"sCode": "51008", "sMsg": "Insufficient balance"}], "msg": ""}),
            (200, {"code": "51001", "data": [], "msg": "Instrument ID does not exist"}),
            (401, {"code": "50113", "data": [], "msg": "Invalid Sign"}),
            (401, {"code": "50111", "data": [], "msg": "Invalid OK-ACCESS-KEY"}),
            (200, {"code": "50102", "data": [], "msg": "Timestamp request expired"}),
            (429, {"code": "50011", "data": [], "msg": "Too Many Requests"}),
            (200, {"code": "1", "data": [{"sCode": "51020", "sMsg": "below the minimum"}], "msg": ""}),
        ],
        "unknown": [
            (200, {"code": "1", "data": [{"sCode": "51016", "sMsg": "Client order ID already exists."}], "msg": ""}),
            (200, {"code": "50004", "data": [], "msg": "Endpoint request timeout"}),
            (200, {"code": "50001", "data": [], "msg": "Service temporarily unavailable"}),
            (200, {"code": "50013", "data": [], "msg": "System is busy"}),
            (200, {"code": "51603", "data": [], "msg": "Order does not exist"}),
            (200, {"code": "0", "data": [], "msg": ""}),
            (200, {"code": "99999", "data": [], "msg": "?"}),
        ],
    },
    "kraken": {
        "rejected": [
            (200, {"error": ["EOrder:Insufficient funds"]}),
            (200, {"error": ["EGeneral:Invalid arguments"]}),
            (200, {"error": ["EAPI:Invalid key"]}),
            (200, {"error": ["EAPI:Invalid nonce"]}),
            (200, {"error": ["EAPI:Rate limit exceeded"]}),
            (200, {"error": ["EGeneral:Permission denied"]}),
            (200, {"error": ["EOrder:Order minimum not met"]}),
        ],
        "unknown": [
            (200, {"error": ["EOrder:Unknown order"]}),
            (200, {"error": ["EQuery:Unknown asset pair"]}),  # to ccxt an error like any other, as is the next
            (200, {"error": ["EAPI:Invalid signature"]}),
            (200, {"error": ["EOrder:Duplicate cl_ord_id"]}),
            (200, {"error": ["EService:Unavailable"]}),
            (200, {"error": ["EService:Busy"]}),
            (200, {"error": ["EService:Timeout"]}),
            (200, {"error": ["EGeneral:Internal error"]}),
            (200, {"error": [], "result": {}}),
        ],
    },
    "coinbase": {
        "rejected": [
            (200, {"success": False, "error_response": {"error": "E", "preview_failure_reason": "PREVIEW_INSUFFICIENT_FUND"}}),
            (401, {"error": "unauthorized", "error_description": "Invalid API key"}),
            (429, {"error": "rate_limit_exceeded", "error_description": "Too many"}),
        ],
        "unknown": [
            (200, {"success": False, "error_response": {"error": "UNKNOWN_FAILURE_REASON", "preview_failure_reason": "?"}}),
            (200, {"success": True, "success_response": {}}),
            (500, {"error": "internal", "error_description": "INTERNAL"}),
            (404, {"error": "NOT_FOUND", "error_description": "order not found"}),
        ],
    },
}


@pytest.mark.parametrize("venue", VENUES)
def test_what_proves_nothing_is_unknown_and_what_refuses_is_rejected(floor: LoopbackExchange, venue: str) -> None:
    """Each of the venue's own words, and everything that any server may say; none of them was taken."""
    wrong, number = [], 0
    with orders_at(floor, venue) as (orders, wire):
        table = [("unknown", *said) for said in (*UNREADABLE, *BROKEN)]
        table += [(state, status, json.dumps(body)) for state, rows in SAYS[venue].items() for status, body in rows]
        assert orders.look_up(child_of(venue, 300), "").state == "not_found"
        for wanted, status, body in table:
            number += 1
            orders._silent_until, wire.said = None, (status, body)
            answer = orders.send(child_of(venue, 300 + number))
            if answer.state != wanted:
                wrong.append((wanted, answer, status, body))
        wire.said, wire.cut, orders._silent_until = None, True, None
        assert orders.send(child_of(venue, 399)).state == "unknown"
        assert len(wire.sent) == number + 1, "each was sent once and once only"
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.parametrize("venue", VENUES)
def test_an_order_whose_answer_is_lost_is_found_by_its_id(opened, floor: LoopbackExchange, venue: str) -> None:
    """Taken, and then the connection breaks, HTML comes, nothing, half of the JSON, or 503."""
    orders, _ = opened[venue]
    lost = [Fault.TAKEN_RESET, Fault.TAKEN_ERROR, Fault.TAKEN_HTML, Fault.TAKEN_NULL, Fault.TAKEN_EMPTY, Fault.TRUNCATED]
    for number, fault in enumerate(lost, 200):
        child = child_of(venue, number)
        floor.fail_next(venue, [fault])
        assert orders.send(child).state == "unknown", fault
        assert orders.look_up(child, "").filled == Decimal(3), fault


@pytest.mark.parametrize("venue", VENUES)
def test_a_look_up_that_cannot_be_read_is_no_proof_of_anything(opened, floor: LoopbackExchange, venue: str) -> None:
    """Neither found nor not found; nor is another order's id, or a list of fills that lags behind."""
    orders, _ = opened[venue]
    child = child_of(venue, 250)
    answer = orders.send(child)
    for fault in (Fault.HTML, Fault.NULL, Fault.EMPTY, Fault.TRUNCATED, Fault.SERVER_ERROR, Fault.UNKNOWN_ERROR, Fault.RESET):
        floor.fail_next(venue, [fault])
        assert orders.look_up(child, answer.venue_order_id).state == "unknown", fault
    assert orders.look_up(child, "another").state == "unknown"
    floor.fail_next(venue, [Fault.UNLISTED] * 3)
    lagging = orders.look_up(child, answer.venue_order_id)
    floor.fail(venue, None)
    assert (lagging.state, lagging.filled, lagging.fills) == ("found", Decimal(3), ())


@pytest.mark.parametrize("venue", VENUES)
def test_what_would_be_rounded_is_not_sent(opened, floor: LoopbackExchange, venue: str) -> None:
    """A size between two lots, a price between two ticks, a market that is not the asserted one."""
    orders, wire = opened[venue]
    before = len(wire.sent)
    for changes in ({"size": Decimal("1.000000000001")}, {"limit_price": Decimal("64100.0001")}):
        answer = orders.send(child_of(venue, 270, **changes))
        assert answer.state == "rejected"
        assert "no multiple" in answer.reason
    assert len(wire.sent) == before


def test_a_venue_that_asks_for_silence_gets_it(floor: LoopbackExchange) -> None:
    """After a 429 with Retry-After nothing is sent or asked until its time is over."""
    instants = [NOW]
    with orders_at(floor, "binance", clock=lambda: instants[0]) as (orders, wire):
        assert orders.look_up(child_of("binance", 500), "").state == "not_found"
        floor.fail_next("binance", [Fault.TOO_MANY])
        assert orders.send(child_of("binance", 501)).state == "rejected"
        instants[0] += timedelta(seconds=6)
        assert "asked for silence" in orders.send(child_of("binance", 502)).reason
        assert "asked for silence" in orders.look_up(child_of("binance", 502), "").reason
        assert len(wire.sent) == 1
        instants[0] += timedelta(seconds=3)
        assert orders.send(child_of("binance", 503)).state == "sent"


def test_no_order_goes_where_the_way_of_ids_is_not_known() -> None:
    """A venue without a known look-up is refused when it is opened."""
    with pytest.raises(ConfigError, match="orders are not sent to 'indodax'"):
        CcxtOrders("indodax", VenueSettings("indodax", {"BTC/IDR": "btcidr"}, Decimal(30)), KEYS)
