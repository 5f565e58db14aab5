"""`venues` tells how each symbol of each venue does, and never fails because a venue does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from otc.cli import main
from otc.sample.exchange import LoopbackExchange
from tests.venues.floor import ROOT

Told = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def told(tmp_path: Path, exchange: LoopbackExchange, capsys: pytest.CaptureFixture[str]) -> Told:
    """The answer of `venues --json` where the loopback exchange stands for okx and indodax, and nobody for binance."""
    folder = shutil.copytree(ROOT / "config", tmp_path / "config")
    listed = yaml.safe_load((folder / "venues.yaml").read_text())
    kept = {name: {**listed[name], "urls": exchange.urls(name)} for name in ("okx", "indodax")}
    kept["binance"] = {**listed["binance"], "urls": {"api": {"public": "http://127.0.0.1:9/api/v3"}}}
    (folder / "venues.yaml").write_text(yaml.safe_dump(kept))

    def ask() -> list[dict[str, Any]]:
        assert main(["--config", str(folder), "venues", "--json"]) == 0
        rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return rows

    return ask


def test_every_symbol_has_its_health_and_the_top_of_its_book(told: Told) -> None:
    rows = {(row["venue"], row["symbol"]): row for row in told()}
    assert len(rows) == 3 + 2 + 2
    row = rows["indodax", "BTC/IDR"]
    assert float(row.pop("age_s")) < 10
    assert row == {
        "venue": "indodax",
        "exchange": "indodax",
        "symbol": "BTC/IDR",
        "native_id": "btcidr",
        "state": "live",
        "reason": "",
        "source": "rest",
        "levels": 10,
        "best_bid": "1023999000",
        "best_ask": "1024001000",
    }


def test_a_venue_that_cannot_be_reached_is_down_and_says_so(told: Told) -> None:
    down = [row for row in told() if row["state"] == "down"]
    assert {row["venue"] for row in down} == {"binance"}
    assert len(down) == 3
    for row in down:
        assert row["reason"] == "binance cannot be reached; see whether this machine has a network."
        assert (row["levels"], row["best_bid"], row["age_s"]) == (0, None, None)


def test_the_simulated_market_is_shown_where_it_is_chosen(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTC_MARKET", "simulated")
    rows = told()
    assert {row["source"] for row in rows} == {"simulated"}
    assert sum(row["best_bid"] is not None for row in rows) >= 5


def test_a_market_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OTC_MARKET", "moon")
    assert main(["--config", str(ROOT / "config"), "venues"]) == 2
    assert capsys.readouterr().err == "otc: OTC_MARKET: 'moon' stands there; allowed is one of live, off, simulated.\n"
