"""Scenario E up to the quote: 200 BTC on still books, from four venues over real HTTP, as a person asks on the command line.

Asks 100 @ 60,010, 60 @ 60,015, 60 @ 60,020, 60 @ 60,030; bids 59,990, 59,985, 59,980, 59,970 in the same sizes; no fees.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from otc.cli import main
from otc.sample.exchange import Fault, LoopbackExchange
from tests.builders import ROOT

STEPS = (
    ("binance", "BTC/USDT", 10, 100),
    ("okx", "BTC/USDT", 15, 60),
    ("kraken", "BTC/USD", 20, 60),
    ("coinbase", "BTC/USD", 30, 60),
)
"""Venue, symbol, how far bid and ask are from 60,000, and the size there."""
RFQ = ("rfq", "--pair", "BTC/USD", "--size", "200", "--tier", "A")


@pytest.fixture(scope="module")
def exchange() -> Iterator[LoopbackExchange]:
    """The four venues' books as the scenario has them, and USDT at par with the dollar."""
    with LoopbackExchange() as running:
        for venue, symbol, away, size in STEPS:
            bids, asks = ([(Decimal(60_000 + sign * away), Decimal(size))] for sign in (-1, 1))
            running.floor.set_book(venue, symbol, bids, asks)
        par = [(Decimal("0.9999"), Decimal(900_000))], [(Decimal("1.0001"), Decimal(900_000))]
        running.floor.set_book("kraken", "USDT/USD", *par)
        yield running


@pytest.fixture
def config(exchange: LoopbackExchange, tmp_path: Path) -> Path:
    """The shipped configuration, its venues at the loopback exchange and free of fees, pricing as the source does."""
    for file in (ROOT / "config").glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    venues: dict[str, Any] = yaml.safe_load((ROOT / "config" / "venues.yaml").read_text())
    listed = {venue: {symbol} for venue, symbol, *_ in STEPS} | {"kraken": {"BTC/USD", "USDT/USD"}}
    kept = {
        name: venue | {"taker_bps": 0, "urls": exchange.urls(name), "symbols": {s: venue["symbols"][s] for s in listed[name]}}
        for name, venue in venues.items()
        if name in listed
    }
    (tmp_path / "venues.yaml").write_text(yaml.safe_dump(kept))
    desk = tmp_path / "desk.yaml"
    desk.write_text(desk.read_text().replace('mode: "full"', 'mode: "source"'))
    return tmp_path


def answered(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> Any:
    """A command's answer as JSON; it works, and says nothing beside it."""
    code = main(["--config", str(config), "--store", str(config / "desk.duckdb"), *words, "--json"])
    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    return json.loads(said.out)


def test_two_hundred_coins_cost_60013_50_on_average_over_three_venues(config, capsys):
    """100 + 60 + 40, none of it beyond what is visible; 2.25 basis points over 60,000."""
    book = answered(capsys, config, "book", "--pair", "BTC/USD", "--side", "buy", "--size", "200")
    assert Decimal(book["average_price"]) == Decimal("60013.5")
    assert Decimal(book["worst_price"]) == 60_020
    assert book["venues"] == {"binance": "100", "okx": "60", "kraken": "40"}
    assert (book["filled"], book["extrapolated"], book["excluded"]) == ("200", False, [])


def test_selling_them_is_the_mirror_image(config, capsys):
    book = answered(capsys, config, "book", "--pair", "BTC/USD", "--side", "sell", "--size", "200")
    assert Decimal(book["average_price"]) == Decimal("59986.5")
    assert book["venues"] == {"binance": "100", "okx": "60", "kraken": "40"}


def test_beyond_280_coins_the_price_is_extrapolated_and_says_so(config, capsys):
    book = answered(capsys, config, "book", "--pair", "BTC/USD", "--side", "buy", "--size", "300")
    assert (book["filled"], book["extrapolated"], book["extrapolated_size"]) == ("280", True, "20")
    assert Decimal(book["worst_price"]) > 60_030


def test_eight_basis_points_around_sixty_thousand_and_the_same_again_from_what_was_kept(config, capsys):
    quote = answered(capsys, config, *RFQ)
    assert (quote["mid"], quote["bid"], quote["ask"], quote["firm"]) == ("60000", "59952", "60048", True)
    assert sum(Decimal(part["bps"]) for part in quote["components"]) == 8
    assert answered(capsys, config, "replay", quote["quote_id"]) == quote


def test_a_venue_that_lies_is_left_out_by_name_and_the_others_price(config, capsys, exchange):
    """Kraken answers with a web page: USDT cannot be measured any more either, and is never taken for a dollar."""
    exchange.fail("coinbase", Fault.HTML)
    try:
        book = answered(capsys, config, "book", "--pair", "BTC/USD", "--side", "buy", "--size", "200")
    finally:
        exchange.fail("coinbase", None)
    assert [out["venue"] for out in book["excluded"]] == ["coinbase"]
    assert book["excluded"][0]["reason"]
    assert Decimal(book["average_price"]) == Decimal("60013.5")


def test_without_a_measured_dollar_rate_the_books_in_usdt_price_nothing(config, capsys, exchange):
    exchange.fail("kraken", Fault.HTML)
    try:
        book = answered(capsys, config, "book", "--pair", "BTC/USD", "--side", "buy", "--size", "50")
    finally:
        exchange.fail("kraken", None)
    assert book["venues"] == {"coinbase": "50"}
    assert {out["venue"] for out in book["excluded"]} == {"binance", "okx", "kraken"}
