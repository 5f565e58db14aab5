"""config/*.yaml is strict: what is wrong is refused with its file, its key and what is allowed; spreads are read anew."""

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from otc.bootstrap import SpreadTable, rules_id, wire
from otc.config import Settings, load, load_spreads
from otc.errors import ConfigError, Refused
from otc.model import QuoteRequest, Rate, Side
from tests.builders import ROOT, at, shipped

Edit = Callable[[str], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped configuration to spoil."""
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


def swap(old: str, new: str) -> Edit:
    """An edit that replaces the first occurrence; the text has to be there."""

    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return edit


def spoil(folder: Path, name: str, edit: Edit) -> str:
    """Edit one file and give the sentence with which the folder is refused."""
    path = folder / name
    path.write_text(edit(path.read_text()))
    with pytest.raises(ConfigError) as refused:
        load(folder)
    sentence = str(refused.value)
    assert sentence.startswith(str(path)), "the file is named"
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_the_shipped_configuration_is_read_with_its_types():
    settings = load(ROOT / "config")
    assert settings.spreads["USDT/IDR"]["A"] == Decimal(15)
    assert settings.desk.tax_on(date(2024, 3, 5)).rate == Decimal("0.0021")
    assert [rail.close for rail in settings.rails.rails if rail.rail == "RTGS"] == [time(14)]
    assert settings.rails.rails[0].close == time.max
    assert settings.desk.zones.desk.key == "Asia/Makassar"


def test_settings_cannot_be_changed_behind_the_desks_back():
    with pytest.raises(FrozenInstanceError):
        shipped().desk.quoting.override_max_bps = Decimal(99)  # type: ignore[misc]  # the refusal is the point


UNKNOWN = [
    ("desk.yaml", lambda text: text + "\ncolour: red\n", "colour", "allowed are market, name, number_style, pairs"),
    ("desk.yaml", swap("size_places: 6", "size_places: 6, lot: 1"), "pairs.USDT/IDR.lot", "tick"),
    ("rails.yaml", swap("lag_days: 0", "lag_days: 0, lag: 1"), "rails[0].lag", "lag_days"),
    ("counterparties.yaml", swap('tier: "A"', 'tier: "A", limit: "1"'), "clients[0].limit", "tier"),
    ("spreads.yaml", swap('C: "25"', 'C: "25", D: "30"'), "USDT/IDR.D", "A, B, C"),
    ("spreads.yaml", lambda text: text + 'DOGE/IDR: {A: "1", B: "2", C: "3"}\n', "DOGE/IDR", "BTC/IDR, PAXG/IDR"),
]
WRONG_TYPE = [
    ("desk.yaml", swap('tick: "0.0001"', "tick: .inf"), "pairs.USDT/IDR.tick", "plain number"),
    ("desk.yaml", swap('rate: "0.0021"', 'rate: "0,0021"'), "tax[0].rate", "plain number"),
    ("desk.yaml", swap('"2022-05-01"', "2022-05-01"), "tax[0].from", "quoted day"),
    ("desk.yaml", swap('"2022-05-01"', '"1 May 2022"'), "tax[0].from", "quoted day"),
    ("desk.yaml", swap('"english"', '"french"'), "number_style", "english, indonesian, plain"),
    ("desk.yaml", swap('desk: "Asia/Makassar"', 'desk: "Asia/Atlantis"'), "zones.desk", "time zone"),
    ("desk.yaml", swap('desk: "Asia/Makassar"', 'desk: "Asia"'), "zones.desk", "time zone"),
    ("desk.yaml", swap('desk: "Asia/Makassar"', 'desk: "../../etc/passwd"'), "zones.desk", "time zone"),
    ("rails.yaml", swap('close: "14:00"', "close: 14:00"), "rails[1].close: 840", "quoted time"),
    ("rails.yaml", swap('close: "14:00"', 'close: "14:00+08:00"'), "rails[1].close", "quoted time"),
    ("rails.yaml", swap('close: "14:00"', 'close: "2 pm"'), "rails[1].close", "quoted time"),
    ("rails.yaml", swap('accepting: ["ID"]', "accepting: [NO]"), "rails[1].accepting[0]: False", "quoted text"),
    ("rails.yaml", swap('accepting: ["ID"]', 'accepting: "ID"'), "rails[1].accepting", "a list"),
    ("rails.yaml", swap("p50: 2", 'p50: "2"'), "rails[0].p50", "whole number"),
    ("rails.yaml", swap("p50: 2", "p50: 2.5"), "rails[0].p50", "whole number"),
    ("rails.yaml", swap("p50: 2", "p50: -2"), "rails[0].p50", "whole number"),
    ("rails.yaml", swap("p50: 2", "p50: true"), "rails[0].p50", "whole number"),
    ("rails.yaml", swap("closed: true", 'closed: "yes"'), "overrides[0].closed", "true or false"),
    ("counterparties.yaml", swap('tier: "B"', 'tier: "D"'), "clients[1].tier", "A, B, C"),
    ("counterparties.yaml", swap('first: "client"', "first: NO"), "clients[0].first: False", "client, desk"),
    ("spreads.yaml", swap('"15"', "1:30.5"), "USDT/IDR.A: 90.5", "plain number"),
    ("spreads.yaml", swap('"15"', '"NaN"'), "USDT/IDR.A", "plain number"),
    ("spreads.yaml", swap('{A: "15", B: "20", C: "25"}', '["15"]'), "USDT/IDR", "table"),
]
MISSING = [
    ("spreads.yaml", swap(', C: "25"', ""), "USDT/IDR.C", "tiers A, B and C"),
    ("spreads.yaml", lambda text: text[: text.index("PAXG")], "PAXG/IDR.A", "tiers A, B and C"),
    ("desk.yaml", swap('name: "OTC desk"', ""), "name: missing", "users"),
    ("rails.yaml", swap('close: "14:00", ', ""), "rails[1].close: missing", "open"),
]
OUT_OF_BOUNDS = [
    ("spreads.yaml", swap('"15"', '"-1"'), "USDT/IDR.A: -1 bps", "0 to 1000"),
    ("spreads.yaml", swap('"15"', '"1001"'), "USDT/IDR.A: 1001 bps", "0 to 1000"),
    ("desk.yaml", swap('tick: "0.0001"', 'tick: "0"'), "pairs.USDT/IDR.tick", "above 0"),
    ("desk.yaml", swap("size_places: 6", "size_places: 19"), "pairs.USDT/IDR.size_places", "0 to 18"),
    ("desk.yaml", swap('band_low: "10000"', 'band_low: "50000"'), "pairs.USDT/IDR.band_high", "not below"),
    ("desk.yaml", swap('rate: "0.0021"', 'rate: "1"'), "tax.rate", '"0" to "0.5"'),
    ("desk.yaml", lambda text: re.sub(r"tax:\n.*\n", "tax: []\n", text), "tax", "one line or more"),
    ("desk.yaml", lambda text: re.sub(r"(tax:\n)(.*\n)", r"\1\2\2", text), "tax", "each from its own day"),
    ("desk.yaml", swap('override_max_bps: "10"', 'override_max_bps: "-1"'), "quoting.override_max_bps", '"0"'),
    ("desk.yaml", swap('mid_band_percent: "5"', 'mid_band_percent: "101"'), "quoting.mid_band_percent", '"100"'),
    ("rails.yaml", swap('bank: "*"', 'bank: "BANK-X"'), "rails[0].bank", "BANK-IDR-001"),
    ("rails.yaml", swap('open: "08:00", close: "14:00"', 'open: "14:00", close: "08:00"'), "rails[1].close", "after open"),
    ("rails.yaml", swap('min: "0", max: "250000000"', 'min: "250000000", max: "0"'), "rails[0].max", "above min"),
    ("rails.yaml", swap("p50: 60, p95: 240", "p50: 600, p95: 240"), "p95", "600"),
]
TWO_WAY = [
    ("desk.yaml", swap('BTC/USD: {clip: "10"', 'BTC/USD: {clip: "0"'), "two_way.pairs.BTC/USD.clip", "above 0"),
    (
        "desk.yaml",
        swap('tick: "0.01", spreads: {A: "8"', 'spreads: {A: "8"'),
        "two_way.pairs.BTC/USD",
        "tick and spreads of its own",
    ),
    ("desk.yaml", swap("chat_ttl_s: 30", "chat_ttl_s: 30\n  horizon_s: 0"), "two_way.horizon_s", "above 0"),
]
REFERENCES = [
    ("counterparties.yaml", swap('bank: "BANK-IDR-001"', 'bank: "BANK-X"'), "clients.CLT-001.bank: 'BANK-X'", "BANK-IDR-002"),
    ("counterparties.yaml", swap('chain: "TRC20"', 'chain: "SOL"'), "wallets.WALLET-USDT-001.chain: 'SOL'", "ERC20"),
    (
        "counterparties.yaml",
        swap('wallet: "WALLET-MM-USDT"', 'wallet: "W-X"'),
        "market_makers.MM-001.wallet: 'W-X'",
        "WALLET-BTC",
    ),
    ("counterparties.yaml", swap('id: "CLT-002"', 'id: "CLT-001"'), "clients: id CLT-001", "stands twice"),
    ("counterparties.yaml", swap('id: "MM-002"', 'id: "MM-001"'), "market_makers: id MM-001", "stands twice"),
    ("desk.yaml", swap('id: "ops-1"', 'id: "trader-1"'), "users: id trader-1", "stands twice"),
]


@pytest.mark.parametrize(
    ("name", "edit", "key", "allowed"), UNKNOWN + WRONG_TYPE + MISSING + OUT_OF_BOUNDS + TWO_WAY + REFERENCES
)
def test_a_wrong_entry_is_named_by_file_and_key_beside_what_is_allowed(folder, name, edit, key, allowed):
    sentence = spoil(folder, name, edit)
    assert key in sentence
    assert allowed in sentence


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: "a: b: c", "is not YAML at line 1"),
        (lambda text: text + "\0", "is not YAML"),
        (lambda text: "[" * 50_000, "is not YAML"),
        (lambda text: '!!python/object/apply:os.getcwd ["x"]', "is not YAML"),
        (lambda text: text + '\nname: "Another desk"\n', "name stands twice"),
        (swap('tick: "0.0001"', 'tick: "0.0001", tick: "1"'), "tick stands twice"),
        (swap("size_places: 6", "size_places: 010"), "010 is not decimal"),
        (swap('"2022-05-01"', "2022-13-01"), "is not YAML"),
        (lambda text: "", "None stands there"),
        (lambda text: "- 1\n", "allowed is a table"),
        (lambda text: text + "#" * 1_000_000, "larger than 1000000 bytes"),
    ],
)
def test_a_file_that_is_no_configuration_is_refused_with_one_sentence(folder, edit, words):
    assert words in spoil(folder, "desk.yaml", edit)


def test_bytes_that_are_no_text_are_refused(folder):
    (folder / "desk.yaml").write_bytes(b'name: "\xff\xfe"')
    with pytest.raises(ConfigError, match=r"desk\.yaml: cannot be read"):
        load(folder)


@pytest.mark.parametrize("name", ["desk.yaml", "spreads.yaml", "rails.yaml", "counterparties.yaml"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ConfigError, match=rf"{re.escape(name)}: the file is missing"):
        load(folder)


def test_a_folder_in_the_place_of_a_file_is_named(folder):
    (folder / "desk.yaml").unlink()
    (folder / "desk.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"desk\.yaml: cannot be read"):
        load(folder)


def test_the_tax_line_of_a_day_is_the_last_that_starts_on_or_before_it(folder):
    path = folder / "desk.yaml"
    line = '  - {from: "2025-01-01", code: "next", rate: "0.0022", payer: "client", base: "client_amount"}\n'
    path.write_text(path.read_text().replace("quoting:", line + "quoting:"))
    desk = load(folder).desk
    assert desk.tax_on(date(2024, 12, 31)).rate == Decimal("0.0021")
    assert desk.tax_on(date(2025, 1, 1)).rate == Decimal("0.0022")
    with pytest.raises(Refused, match="2022-04-30"):
        desk.tax_on(date(2022, 4, 30))


# ---------------------------------------------------------------- spreads, without a restart


def touch(path: Path, text: str) -> None:
    """Write a file so that its time differs even on a coarse clock."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def table_of(folder: Path) -> SpreadTable:
    """The spread table of a folder."""
    settings = load(folder)
    return SpreadTable(folder, settings.desk, settings.spreads)


def test_a_changed_spread_counts_from_the_next_quote_on(folder, tmp_path):
    wired = wire(folder, tmp_path / "desk.duckdb", create=True, clock=lambda: at("2024-03-05 13:12"))
    request = QuoteRequest("USDT/IDR", "A", Side.BUY, (Rate("MM-001", Decimal(15_800), wired.desk.now()),), size=Decimal(1000))
    path = folder / "spreads.yaml"
    assert wired.desk.price(request, "trader-1").buy.price_idr == Decimal("15856.88")
    touch(path, path.read_text().replace('A: "15"', 'A: "25"'))
    assert wired.desk.price(request, "trader-1").buy.price_idr == Decimal("15872.68")  # 15,800 x (1 + 0.0025 + 0.0021)
    wired.desk.store.close()


@pytest.mark.parametrize("broken", ["USDT/IDR: {A: ", "", 'USDT/IDR: {A: "15"}\n', "USDT/IDR: {A: 15, B: 20, C: 25}\n"])
def test_a_broken_spread_table_leaves_the_last_good_one_in_force_and_says_so(folder, broken):
    table, path = table_of(folder), folder / "spreads.yaml"
    whole = path.read_text()
    touch(path, whole.replace('A: "15"', 'A: "16"'))
    assert table()["USDT/IDR"]["A"] == 16
    touch(path, broken)
    assert table()["USDT/IDR"]["A"] == 16
    assert "spreads.yaml" in table.problem
    assert table.problem.endswith("The last good spreads stay in force.")
    touch(path, whole)
    assert table()["USDT/IDR"]["A"] == 15
    assert table.problem == ""


def test_a_deleted_spread_table_leaves_the_last_good_one_in_force(folder):
    table = table_of(folder)
    (folder / "spreads.yaml").unlink()
    assert table()["BTC/IDR"]["C"] == 100
    assert "is missing" in table.problem


def test_a_file_that_has_not_changed_is_not_read_again(folder):
    table = table_of(folder)
    assert table() is table()


# ---------------------------------------------------------------- what windows depend on


def test_only_what_moves_windows_or_months_makes_the_projection_stale(folder):
    settings = load(folder)
    wider = replace(settings, spreads={**settings.spreads, "USDT/IDR": {"A": Decimal(99)}})
    assert rules_id(wider) == rules_id(settings) == rules_id(shipped())
    rails = folder / "rails.yaml"
    rails.write_text(rails.read_text().replace('close: "14:00"', 'close: "13:00"'))
    assert rules_id(load(folder)) != rules_id(settings)


def test_spreads_alone_can_be_read(folder):
    settings: Settings = load(folder)
    assert load_spreads(folder, settings.desk) == settings.spreads


def test_a_number_without_quotes_is_read_to_its_last_digit(folder):
    path = folder / "spreads.yaml"
    path.write_text(path.read_text().replace('A: "15"', "A: 15.000000000000000001"))
    assert load(folder).spreads["USDT/IDR"]["A"] == Decimal("15.000000000000000001")


# ---------------------------------------------------------------- venues

VENUE = 'kraken:\n  exchange: "kraken"\n  symbols: {BTC/USD: "XXBTZUSD"}\n  taker_bps: "26"\n'


def test_a_folder_without_venues_is_a_desk_without_venues(folder):
    (folder / "venues.yaml").unlink()
    assert load(folder).venues == {}


def test_urls_and_options_of_a_venue_are_handed_on_as_they_stand(folder):
    (folder / "venues.yaml").write_text(
        VENUE + "  urls: {api: {public: 'http://127.0.0.1:9'}}\n  options: {fetchMarkets: {types: [spot]}}\n"
    )
    venue = load(folder).venues["kraken"]
    assert venue.urls == {"api": {"public": "http://127.0.0.1:9"}}
    assert venue.options == {"fetchMarkets": {"types": ["spot"]}}
    assert (venue.taker_bps, venue.depth, venue.limits.interval_ms) == (Decimal(26), 100, 1000)


@pytest.mark.parametrize(
    ("edit", "key", "allowed"),
    [
        (swap('taker_bps: "26"', 'taker_bps: "201"'), "kraken.taker_bps: 201", "0 to 200"),
        (swap('{BTC/USD: "XXBTZUSD"}', "{}"), "kraken.symbols", "at least one"),
        (swap("BTC/USD:", "BTCUSD:"), "'BTCUSD'", "BTC/USDT"),
        (lambda text: text + "  depth: 5001\n", "kraken.depth: 5001", "1 to 5000"),
        (lambda text: text + "  colour: red\n", "kraken.colour", "unknown key"),
        (swap('"26"', ".nan"), "kraken.taker_bps", "plain number"),
    ],
)
def test_a_venue_that_cannot_be_meant_so_is_named_with_what_is_allowed(folder, edit, key, allowed):
    (folder / "venues.yaml").write_text(VENUE)
    sentence = spoil(folder, "venues.yaml", edit)
    assert key in sentence
    assert allowed in sentence
