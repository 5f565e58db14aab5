"""What can be asked over HTTP, and what is answered: prices, two-way quotes, their acceptance and their other ends."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otc.cli import main
from otc.errors import StoreHeld
from otc.model import Kind
from tests.builders import ROOT, at
from tests.web.served import Served, served

RFQ = {"pair": "BTC/IDR", "size": "2", "client_id": "CLT-001", "side": "BUY"}


def quoted(desk: Served, **changes: object) -> dict[str, Any]:
    """A fresh two-way quote; each is asked a microsecond after the one before, as no two would be at the same instant."""
    desk.clock.set(desk.clock() + timedelta(microseconds=1))
    status, told = desk.ask("POST", "/api/rfq", {**RFQ, **changes})
    assert (status, type(told)) == (200, dict), told
    return dict(told)


def test_the_market_maker_pricer_says_what_the_command_line_says(desk: Served, capsys: pytest.CaptureFixture[str]):
    status, told = desk.ask("POST", "/api/quote", {"pair": "USDT/IDR", "tier": "A", "size": 100000, "mm_rate": 15800})
    words = ["--config", str(ROOT / "config"), "quote", "--pair", "USDT/IDR", "--tier", "A", "--size", "100000"]
    assert main([*words, "--mm-rate", "15800", "--json"]) == 0
    assert (status, told) == (200, json.loads(capsys.readouterr().out))
    assert told["buy"]["net_pnl_idr"] == "2358055.2", "the source's example, worked out by hand: 5,688,000 less tax"


def test_a_two_way_quote_is_mid_and_components_to_the_last_digit(desk: Served):
    told = quoted(desk)
    mid, parts = Decimal(told["mid"]), told["components"]
    exact = Decimal("0.00001")
    for side, sign, price in (("ask_bps", 1, told["ask"]), ("bid_bps", -1, told["bid"])):
        made = mid + sign * mid * sum(Decimal(part[side]) for part in parts) / 10_000
        assert abs(made - Decimal(price)) < exact
    assert [part["bps"] for part in parts] == [part["ask_bps"] for part in parts], "the client buys at the ask"
    sold = quoted(desk, side="SELL")["components"]
    assert [part["bps"] for part in sold] == [part["bid_bps"] for part in sold]
    assert parts[0]["name"] == "margin"
    assert all(part["words"].endswith(".") for part in parts)


def test_a_quote_names_its_instants_in_the_desks_zone_and_its_rates(desk: Served):
    told = quoted(desk)
    stands = datetime.fromisoformat(told["expires_at"])
    assert stands.utcoffset() == timedelta(hours=8)
    assert stands - desk.clock() == timedelta(seconds=10)
    assert [(rate["name"], rate["source"].split(" of ")[0]) for rate in told["rates"]] == [("USD/IDR", "USDT/IDR")]
    assert (told["firm"], told["doubts"], told["excluded"], told["simulated"]) == (True, [], [], False)


def test_the_tier_comes_with_the_client(desk: Served):
    """CLT-001 is of tier A; somebody unknown gets the tier that is asked for."""
    margins = {}
    for name, who in (("client", {}), ("A", {"client_id": "", "tier": "A"}), ("C", {"client_id": None, "tier": "C"})):
        margins[name] = Decimal(quoted(desk, **who)["components"][0]["bps"])
    assert margins["client"] == margins["A"]
    assert margins["C"] - margins["A"] == Decimal(45), "100 less 55 bps (spreads.yaml)"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"client_id": ""}, "tier"),
        ({"tier": "B"}, "tier"),
        ({"client_id": "CLT-999"}, "client_id"),
        ({"side": "HOLD"}, "side"),
        ({"channel": "letter"}, "channel"),
        ({"needed_by": "soon"}, "needed_by"),
        ({"size": "0"}, "size"),
        ({"size": "0.000000001"}, "size"),
        ({"pair": "BTC/EUR"}, "pair"),
        ({"cover": "venues"}, "cover"),
    ],
)
def test_a_request_that_cannot_be_priced_is_told_its_field(desk: Served, changes: dict[str, object], field: str):
    status, told = desk.ask("POST", "/api/rfq", {**RFQ, **changes})
    assert (status, told["field"]) == (422, field)
    assert told["error"].endswith(".")


def test_words_may_be_written_small_and_a_chat_has_longer(desk: Served):
    told = quoted(desk, side="sell", channel="Chat", needed_by="2024-03-05 12:00", purpose="capital injection")
    assert datetime.fromisoformat(told["expires_at"]) - desk.clock() == timedelta(seconds=30)
    _, kept = desk.ask("GET", f"/api/rfq/{told['quote_id']}")
    assert (kept["side"], kept["channel"], kept["purpose"]) == ("SELL", "chat", "capital injection")
    assert kept["needed_by"] == "2024-03-05T12:00:00+08:00"


def test_an_accepted_quote_is_one_trade_however_often_it_is_accepted(desk: Served):
    told = quoted(desk)
    path = f"/api/rfq/{told['quote_id']}/accept"
    answers = [desk.ask("POST", path, body) for body in (None, {}, {"side": "BUY"})]
    assert [status for status, _ in answers] == [200, 200, 200]
    first = answers[0][1]
    assert [answer for _, answer in answers] == [first] * 3
    assert Decimal(first["client_amount_idr"]) == Decimal(told["ask"]) * 2
    trade, facts, _ = desk.wired.desk.trade(first["transaction_id"])
    assert (trade.booked_by, trade.quote_id, trade.client_id) == ("trader-1", told["quote_id"], "CLT-001")
    assert [fact for fact in facts if fact.kind is Kind.CONFIRMED] == []
    _, kept = desk.ask("GET", f"/api/rfq/{told['quote_id']}")
    assert [step["state"] for step in kept["steps"]] == ["requested", "quoted", "accepted"]
    assert (kept["state"], kept["steps"][-1]["transaction_id"]) == ("accepted", first["transaction_id"])
    assert {name: kept[name] for name in told} == told


def test_a_price_for_both_sides_is_accepted_on_the_side_that_is_named(desk: Served):
    told = quoted(desk, side=None)
    path = f"/api/rfq/{told['quote_id']}/accept"
    status, refused = desk.ask("POST", path)
    assert (status, refused["field"]) == (422, "side")
    status, booked = desk.ask("POST", path, {"side": "SELL"})
    assert (status, booked["side"], booked["client_price_idr"]) == (200, "SELL", told["bid"])


def test_a_late_acceptance_is_a_conflict_that_says_until_when_the_price_stood(fresh: Served):
    told = quoted(fresh)
    fresh.clock.set(fresh.clock() + timedelta(seconds=10))
    status, refused = fresh.ask("POST", f"/api/rfq/{told['quote_id']}/accept")
    assert (status, refused["error"]) == (409, f"The price stood until {told['expires_at']}; ask for a new one.")
    assert not fresh.wired.desk.store.has_trades()
    _, kept = fresh.ask("GET", f"/api/rfq/{told['quote_id']}")
    assert kept["state"] == "expired"


@pytest.mark.parametrize(("word", "state"), [("refuse", "refused"), ("withdraw", "withdrawn")])
def test_an_ended_request_is_no_longer_accepted(desk: Served, word: str, state: str):
    path = f"/api/rfq/{quoted(desk)['quote_id']}"
    status, step = desk.ask("POST", f"{path}/{word}", {"reason": "dealt elsewhere"})
    assert (status, step["state"], step["reason"], step["actor"]) == (200, state, "dealt elsewhere", "trader-1")
    for again in ("accept", "refuse", "withdraw"):
        status, refused = desk.ask("POST", f"{path}/{again}")
        assert (status, f"was {state} already" in refused["error"]) == (409, True)


def test_a_quote_for_nobody_is_not_booked(desk: Served):
    told = quoted(desk, client_id="", tier="A")
    status, refused = desk.ask("POST", f"/api/rfq/{told['quote_id']}/accept")
    assert (status, refused["field"]) == (422, "client_id")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/accept"), ("POST", "/refuse"), ("POST", "/withdraw")])
def test_a_quote_that_was_never_made_is_not_found(desk: Served, method: str, path: str):
    status, told = desk.ask(method, f"/api/rfq/0123456789abcdef{path}")
    assert (status, told["error"]) == (404, "There is no two-way quote '0123456789abcdef'; ask for a new one.")


def test_an_indicative_price_is_shown_with_its_doubts_and_not_booked(fresh: Served):
    """Of two dollar venues one is down: nothing checks the other's book."""
    fresh.market.out.add(("coinbase", "BTC/USD"))
    told = quoted(fresh)
    assert (told["firm"], len(told["doubts"])) == (False, 1)
    assert [(out["venue"], out["reason"]) for out in told["excluded"]] == [("coinbase", "The venue does not answer.")]
    status, refused = fresh.ask("POST", f"/api/rfq/{told['quote_id']}/accept")
    assert (status, "indicative" in refused["error"]) == (409, True)


def test_without_a_market_a_request_waits_and_the_market_maker_pricer_goes_on(fresh: Served):
    fresh.market.mids.clear()
    status, told = fresh.ask("POST", "/api/rfq", RFQ)
    assert (status, "choose a market maker's rate" in told["error"]) == (503, True)
    assert fresh.ask("POST", "/api/quote", {"pair": "USDT/IDR", "tier": "A", "size": "1", "mm_rate": "15800"})[0] == 200


def test_the_parameters_are_those_of_the_configuration_now(fresh: Served):
    _, told = fresh.ask("GET", "/api/params")
    assert told["pairs"]["USDT/IDR"]["spreads"] == {"A": "15", "B": "20", "C": "25"}
    assert (told["pairs"]["BTC/USD"]["tick"], told["pairs"]["BTC/IDR"]["band"]["low"]) == ("0.01", "100000000")
    assert told["tax"] == {
        "from": "2022-05-01",
        "code": "PMK-68/2022",
        "rate": "0.0021",
        "payer": "client",
        "base": "client_amount",
    }
    assert told["as_of"] == "2024-03-04T10:00:00+08:00"
    assert told["venues"]["kraken"] == {
        "exchange": "kraken",
        "taker_bps": "26",
        "symbols": ["BTC/USD", "PAXG/USD", "USDC/USD", "USDT/USD"],
    }
    fresh.clock.set(at("2022-04-30 12:00"))
    status, told = fresh.ask("GET", "/api/params")
    assert (status, "No tax line" in told["error"]) == (422, True)


def test_the_health_tells_of_the_market(fresh: Served):
    fresh.market.out.add(("kraken", "BTC/USD"))
    status, told = fresh.ask("GET", "/healthz", key=None)
    assert (status, told["ok"], told["market"]["state"]) == (200, True, "off")
    assert (told["market"]["feeds_live"], told["market"]["feeds"]) == (5, 6)


def test_a_desk_that_cannot_be_opened_answers_503_with_the_sentence(tmp_path: Path):
    with served(tmp_path, broken=StoreHeld("The store is in use by process 7.")) as desk:
        status, told = desk.ask("GET", "/healthz")
        assert (status, told["ok"], told["problem"]) == (503, False, "The store is in use by process 7.")
        assert desk.ask("POST", "/api/rfq", RFQ) == (503, {"error": "The store is in use by process 7.", "field": ""})


def test_what_is_not_there_is_told_in_json(desk: Served):
    for method, path, status in (("GET", "/api/nothing", 404), ("POST", "/api/rfq/a/b", 404), ("DELETE", "/api/rfq", 405)):
        found, told = desk.ask(method, path)
        assert (found, path in told["error"]) == (status, True)
    _, _, headers = desk.raw("GET", "/api/quote")
    assert headers["allow"] == "POST"


def test_what_nobody_foresaw_is_a_sentence_and_no_trace(fresh: Served, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(fresh.market, "view", broken)
    status, content, _ = fresh.raw("POST", "/api/rfq", RFQ)
    assert status == 500
    assert b"in the log" in content
    assert b"bug" not in content
