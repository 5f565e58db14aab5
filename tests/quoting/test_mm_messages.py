"""Market makers' chat: messages in many hands are read right, or asked about; no wrong number is ever taken."""

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otc.cli import main
from otc.config import load
from otc.errors import Refused
from otc.money import plain
from otc.quoting.mm_messages import read_messages
from otc.quoting.mm_rates import Messages, QuotedRate
from tests.builders import ROOT, at
from tests.soak import examples

HOUSE = load(ROOT / "config")
NOW = at("2024-03-05 13:00")
CORPUS = ROOT / "tests" / "golden" / "mm_messages"


def read(text: str, pair: str = "") -> Messages:
    return read_messages(text, HOUSE, NOW, pair)


def written(rate: QuotedRate) -> str:
    """A rate as the corpus writes it."""
    bid, ask = ("-" if price is None else plain(price) for price in (rate.bid, rate.ask))
    size = f" size {plain(rate.size)} {rate.size_currency}" if rate.size is not None else ""
    valid = f" {rate.valid_s}s" if rate.valid_s is not None else ""
    return f"rate {rate.market_maker or '-'} {rate.pair} {bid}/{ask}{size}{valid}{' indicative' * rate.indicative}"


def corpus(name: str) -> Iterator[tuple[str, list[str]]]:
    """(message, what it says) of a file: lines after `|`, then lines after `=`."""
    for block in (CORPUS / name).read_text().split("\n\n"):
        lines = block.splitlines()
        message = [line[2:] for line in lines if line.startswith("|")]
        if message:
            yield "\n".join(message), [line[2:] for line in lines if line.startswith("= ")]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("first_hundred.txt", 100),
        ("second_hundred.txt", 100),
        ("third_hundred.txt", 100),
        ("fourth_fifty.txt", 50),
        ("traps.txt", 44),
    ],
)
def test_messages_are_read_right_or_asked_about_and_no_wrong_number_is_taken(name, count):
    """Right or an honest question on 98 of 100; a rate that its writer did not mean, none."""
    score = Counter[str]()
    for message, said in corpus(name):
        got = read(message)
        rates, meant = {written(rate) for rate in got.rates}, {line for line in said if line.startswith("rate")}
        assert rates <= meant, f"a wrong number from {message!r}: {rates - meant}"
        right = rates == meant and bool(got.questions) == ("question" in said)
        score["right" if right else "asked" if got.questions or got.unread else "lost"] += 1
    assert score.total() == count
    assert score["right"] + score["asked"] >= 98 * count // 100, score
    assert score["right"] >= 70 * count // 100, score


def test_each_line_ends_up_in_a_rate_a_question_or_among_the_unread():
    text = "good morning\nUSDT 15842/58\n\nhow are you\nUSDC 15.8425"
    got = read(text)
    assert sorted([r.line for r in got.rates] + [q.line for q in got.questions] + [u.line for u in got.unread]) == [1, 2, 4, 5]


def test_a_pair_that_no_word_names_is_marked_as_assumed_and_a_request_for_another_pair_decides():
    assert [(rate.pair, rate.pair_assumed) for rate in read("bid 15842 offer 15861").rates] == [("USDT/IDR", True)]
    assert [(rate.pair, rate.pair_assumed) for rate in read("bid 15842 offer 15861", "USDC/IDR").rates] == [("USDC/IDR", True)]
    assert [(rate.pair, rate.pair_assumed) for rate in read("USDC bid 15842").rates] == [("USDC/IDR", False)]
    with pytest.raises(Refused, match="no pair of the desk"):
        read("bid 15842", "ETH/IDR")


def test_a_stated_fee_lowers_the_bid_raises_the_ask_and_is_noted():
    rate = read("USDT 15800/15900 plus fee 5bps").rates[0]
    assert (rate.bid, rate.ask) == (Decimal(15800) * Decimal("0.9995"), Decimal(15900) * Decimal("1.0005"))
    assert "5 bps on top" in rate.notes[0]


def test_a_name_that_counterparties_do_not_know_is_kept_as_written_and_marked():
    known, unknown = read("Maker One: USDT 15842/58\nMaker Nine: USDT 15841/59").rates
    assert (known.market_maker, known.known) == ("MM-001", True)
    assert (unknown.market_maker, unknown.known) == ("Maker Nine", False)


WORDS = (
    "usdt usdc btc paxg bid offer beli jual kami anda you we kalau mau buy sell good for valid until size max min indic "
    "off sorry now fee 5bps 0,1% plus incl / - , . ? : \n > [13:02] Maker One: yard M mio rb k jt s menit 58 861 5 15842 15.842 "
    "15,858 1.528 1,532 52.500.000 842/858 15842/58 1528/1532 2M 500k 100rb Rp $ not was no all eth "
    "b o s a koin mil 2pm wait same settle if less pls menjual"
).split(" ")
NOISE = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=25).map(" ".join)


@given(NOISE)
@settings(max_examples=examples(300))
def test_whatever_is_pasted_no_rate_is_crossed_or_outside_its_band(text):
    got = read(text)
    for rate in got.rates:
        pair = HOUSE.desk.pairs[rate.pair]
        prices = [price for price in (rate.bid, rate.ask) if price is not None]
        assert prices
        assert all(pair.band_low <= price <= pair.band_high for price in prices)
        assert len(prices) == 1 or prices[0] <= prices[1] <= prices[0] * Decimal("1.06")
        assert rate.size is None or rate.size > 0
        assert rate.valid_s is None or 0 < rate.valid_s <= 86_400


@given(
    st.integers(10_500, 28_000),
    st.integers(1, 300),
    st.sampled_from(["{:,}", "{}", "dots"]),
    st.sampled_from(
        ["USDT {b}/{a}", "usdt bid {b} offer {a}", "jual usdt {a} beli {b}", "usdt {b} bid {a} ask", "usdt {b} - {a}"]
    ),
)
@settings(max_examples=examples(150))
def test_any_price_written_out_in_any_style_comes_back_exactly(bid, width, style, words):
    shown = [f"{n:,}".replace(",", ".") if style == "dots" else style.format(n) for n in (bid, bid + width)]
    rates = read(words.format(b=shown[0], a=shown[1])).rates
    assert [(rate.bid, rate.ask) for rate in rates] == [(bid, bid + width)]


@given(st.integers(10_100, 29_000), st.integers(2, 49))
@settings(max_examples=examples(150))
def test_small_figures_take_the_big_figure_of_the_bid_or_the_next_one(bid, width):
    rates = read(f"USDT {bid:,}/{(bid + width) % 100:02d}").rates
    assert [(rate.bid, rate.ask) for rate in rates] == [(bid, bid + width)]


@pytest.mark.parametrize(
    "line", ["1" * 999, "123 " * 250, "you can " * 120, "tidak ada " * 100, "a@" * 500, "[" * 999, "1-" * 500]
)
def test_reading_takes_time_in_proportion_to_the_paste(line):
    """Four times the lines may take eight times as long, not sixteen."""
    begun = time.process_time()
    read(f"{line}\n" * 10)
    middle = time.process_time()
    read(f"{line}\n" * 40)
    assert time.process_time() - middle < 8 * (middle - begun) + 0.2


def test_the_command_line_answers_in_the_declared_shape(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("Maker One: USDT 15,842/58 valid 30s\nhello\nUSDT 15858/42"))
    assert main(["--config", str(ROOT / "config"), "rates", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    shape = ("market_maker", "pair", "bid", "ask", "size", "valid_s", "indicative")
    assert [{name: rate[name] for name in shape} for rate in answer["rates"]] == [
        dict(zip(shape, ("MM-001", "USDT/IDR", "15842", "15858", None, 30, False), strict=True))
    ]
    assert [(asked["line"], asked["text"]) for asked in answer["questions"]] == [(3, "USDT 15858/42")]
    assert [(line["line"], line["text"]) for line in answer["unread"]] == [(2, "hello")]
