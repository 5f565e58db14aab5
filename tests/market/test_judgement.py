"""Which feeds count, and the sentence for each that does not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from otc.config.markets import MarketSettings, VenueSettings
from otc.market.book import fault_of
from otc.market.consensus import dollar_rates
from otc.market.judgement import Fault, JudgementState, NoAnswer, Observation, judge, unjudged
from otc.model.market import Book, BookKey, FeedHealth, Level
from tests.market.books import book
from tests.soak import examples

START = datetime(2026, 1, 5, tzinfo=UTC)
SETTINGS = MarketSettings()
BTC = "BTC/USD"
FOUR = ("binance", "coinbase", "kraken", "okx")
KINDS = (
    *("sound",) * 6,
    *("crossed", "one-sided", "empty", "NaN", "infinite", "negative", "huge", "unsorted"),
    *("old", "early", "nonsense", "refused", "nothing"),
)
PRICES = (*(60_000.0,) * 6, 60_060.0, 59_800.0, 66_000.0, 6_000.0, 600_000_000.0)
VENUES = {name: VenueSettings(name, {BTC: "x"}, Decimal(5)) for name in FOUR}

Given = Callable[[str, int, datetime], Observation | None]
"""Venue, second and instant -> what comes; None: nothing is observed."""


def around(venue: str, at: datetime, mid: float = 60_000.0, size: float = 5.0) -> Book:
    """A book two bps wide; its sizes change with the second, as those of a living one do."""
    own = size + at.second / 1000
    bids = [(round(mid * (1 - n / 1e4), 2), own) for n in range(1, 11)]
    asks = [(round(mid * (1 + n / 1e4), 2), own) for n in range(1, 11)]
    return book(venue, BTC, bids, asks, at)


class Watch:
    """Seconds of four venues, judged one by one; `but` says what one venue sends instead of a sound book."""

    def __init__(self) -> None:
        self.state: JudgementState = unjudged(VENUES)
        self.second = 0

    def live(self, seconds: int, but: Mapping[str, Given] | None = None, mid: float = 60_000.0) -> "Watch":
        for _ in range(seconds):
            self.second += 1
            now = START + timedelta(seconds=self.second)
            seen: dict[BookKey, Observation] = {}
            for venue in FOUR:
                given = (but or {}).get(venue, lambda venue, _, at: around(venue, at, mid))(venue, self.second, now)
                if given is not None:
                    seen[venue, BTC] = given
            self.state, _ = judge(self.state, seen, now, SETTINGS)
        return self

    def of(self, venue: str) -> FeedHealth:
        return next(feed for feed in self.state.health if feed.venue == venue)

    @property
    def counted(self) -> set[str]:
        return {venue for venue, _ in self.state.books}


def silent(venue: str, second: int, at: datetime) -> None:
    return None


def priced(mid: float) -> Given:
    return lambda venue, second, at: around(venue, at, mid)


def test_sound_books_count_at_once_and_need_no_reason() -> None:
    watch = Watch().live(1)
    assert watch.counted == set(FOUR)
    assert {(feed.state, feed.reason) for feed in watch.state.health} == {("live", "")}


def test_age_is_judged_by_receipt_warned_above_two_seconds_and_out_above_five() -> None:
    watch, states = Watch().live(3), []
    for _ in range(6):
        states.append(watch.live(1, {"okx": silent}).of("okx").state)
    assert states == ["live", "live", "warn", "warn", "warn", "stale"]
    assert watch.counted == set(FOUR) - {"okx"}
    assert watch.of("okx").reason == "Nothing sound received for 6 s."


def test_a_book_given_again_grows_old() -> None:
    old = around("okx", START)
    watch = Watch().live(6, {"okx": lambda venue, second, at: old})
    assert watch.of("okx").state == "stale"


def test_no_answer_is_forgiven_while_the_last_book_is_young_and_then_says_what_failed() -> None:
    retry = START + timedelta(minutes=1)

    def refused(venue: str, second: int, at: datetime) -> NoAnswer:
        return NoAnswer("The venue refused the connection.", 3, retry)

    watch = Watch().live(3).live(2, {"okx": refused})
    assert watch.of("okx").state == "live"
    watch.live(4, {"okx": refused})
    assert watch.of("okx").state == "down"
    assert watch.of("okx").reason == "Nothing sound received for 6 s. The venue refused the connection."
    assert (watch.of("okx").failures, watch.of("okx").retry_at) == (3, retry)


def test_a_venue_that_never_answered_is_down_with_its_own_words() -> None:
    watch = Watch().live(1, {"okx": lambda venue, second, at: NoAnswer("No network.")})
    assert (watch.of("okx").state, watch.of("okx").reason) == ("down", "No network.")
    assert watch.counted == set(FOUR) - {"okx"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (Fault("The answer was a page of HTML."), "The answer was a page of HTML."),
        (book("okx", BTC, [], []), "The book is empty."),
        (book("okx", BTC, [(60_001, 1)], [(60_000, 1)]), "The book is crossed"),
        (book("okx", BTC, [(60_000, 1)], []), "one-sided"),
        (book("okx", BTC, [(60_000, 0)], [(60_001, 1)]), "size 0"),
        (book("okx", BTC, [("1E+399", 1)], [("1E+400", 1)]), "beyond what can be booked"),
        (book("okx", BTC, [("1E-400", 1)], [("1E-399", 1)]), "beyond what can be booked"),
    ],
)
def test_a_broken_answer_is_out_at_once_and_in_again_after_ten_clean_seconds(given: Observation, says: str) -> None:
    watch = Watch().live(5).live(1, {"okx": lambda venue, second, at: given})
    assert watch.of("okx").state == "excluded"
    assert says in watch.of("okx").reason
    watch.live(10)
    assert watch.of("okx").state == "excluded"
    assert watch.of("okx").reason.startswith("Clean for 9 s of 10; it was out: ")
    assert says in watch.of("okx").reason
    assert watch.live(1).of("okx").state == "live"


def test_what_happens_again_within_the_ten_seconds_starts_them_anew() -> None:
    faulty: Mapping[str, Given] = {"okx": lambda venue, second, at: Fault("Nonsense.")}
    watch = Watch().live(5).live(1, faulty).live(9).live(1, faulty).live(10)
    assert watch.of("okx").state == "excluded"
    assert watch.live(1).of("okx").state == "live"


def test_a_price_that_is_absurd_beside_the_others_is_out_at_once() -> None:
    watch = Watch().live(5).live(1, {"okx": priced(66_000.0)})
    assert watch.counted == set(FOUR) - {"okx"}
    assert watch.of("okx").reason == "The price is 1000 bps above the others' median; up to 300 are believed."


def test_of_two_the_one_that_left_is_absurd() -> None:
    """And a jump of both is none."""
    two: dict[str, Given] = {"kraken": silent, "binance": silent}
    watch = Watch().live(5, two).live(1, {**two, "okx": priced(66_000.0)})
    assert watch.counted == {"coinbase"}
    assert Watch().live(5, two).live(1, two, mid=66_000.0).counted == {"okx", "coinbase"}


def test_of_two_that_never_agreed_neither_is_believed() -> None:
    """No price is better than a wrong one."""
    watch = Watch().live(1, {"kraken": silent, "binance": silent, "okx": priced(66_000.0)})
    assert watch.counted == set()
    assert {feed.state for feed in watch.state.health} == {"excluded"}


def test_silence_after_nonsense_is_silence_in_the_end() -> None:
    nonsense: dict[str, Given] = {"okx": lambda venue, second, at: Fault("A page of HTML.")}
    dead: dict[str, Given] = {"okx": lambda venue, second, at: NoAnswer("Timed out.")}
    watch = Watch().live(3).live(1, nonsense).live(2, dead)
    assert (watch.of("okx").state, watch.of("okx").reason) == ("excluded", "A page of HTML.")
    watch.live(5, dead)
    assert (watch.of("okx").state, watch.of("okx").reason) == ("down", "Nothing sound received for 8 s. Timed out.")


def test_a_crossing_that_pays_after_fees_for_three_seconds_excludes_the_odd_one() -> None:
    """20 bps dear: less two bps of half spreads and ten of fees, eight are left."""
    dear: Mapping[str, Given] = {"okx": priced(60_120.0)}
    watch = Watch().live(5)
    assert [watch.live(1, dear).of("okx").state for _ in range(4)] == ["live", "live", "live", "excluded"]
    assert watch.of("okx").reason.startswith("Crossed with ")
    assert "would leave 8.0 bps after fees" in watch.of("okx").reason
    assert watch.counted == set(FOUR) - {"okx"}
    assert ("okx", BTC) in watch.state.sightings, "it is still looked at: how else would one know when it is over"


def test_a_crossing_that_fees_eat_is_none() -> None:
    """13 bps less two bps of half spreads and ten of fees leave one: less than two."""
    assert Watch().live(5).live(10, {"okx": priced(60_078.0)}).counted == set(FOUR)


def test_a_crossing_of_two_seconds_is_none() -> None:
    watch = Watch().live(5)
    for _ in range(3):
        watch.live(3, {"okx": priced(60_120.0)}).live(1)
    assert watch.counted == set(FOUR)


def test_a_book_that_comes_but_stands_still_while_the_others_move_is_frozen() -> None:
    still = around("okx", START)

    def same(venue: str, second: int, at: datetime) -> Book:
        return replace(still, received_at=at)

    watch = Watch().live(5).live(12, {"okx": same})
    assert watch.of("okx").state == "live", "a quiet market stands still honestly"
    watch.live(1, {"okx": same}, mid=60_030.0)
    assert watch.of("okx").state == "excluded"
    assert "has not changed for 12 s while the others moved 5.0 bps" in watch.of("okx").reason


def test_a_book_below_30_percent_of_its_usual_depth_is_out() -> None:
    def thinner(part: float) -> Given:
        return lambda venue, second, at: around(venue, at, size=5.0 * part)

    watch = Watch().live(70)
    assert watch.live(1, {"okx": thinner(0.32)}).counted == set(FOUR)
    watch.live(1, {"okx": thinner(0.25)})
    assert watch.counted == set(FOUR) - {"okx"}
    assert "of its recent median; 30% is the least" in watch.of("okx").reason
    usual, part = watch.state.depth_of(("okx", BTC))
    assert usual is not None
    assert part is not None
    assert Decimal("0.24") < part < Decimal("0.27")


def test_one_dead_venue_changes_nothing_for_the_others() -> None:
    watch = Watch().live(5).live(60, {"okx": silent}, mid=61_000.0)
    assert watch.counted == set(FOUR) - {"okx"}
    assert {feed.state for feed in watch.state.health if feed.venue != "okx"} == {"live"}


def test_dollars_of_every_kind_are_compared_as_measured() -> None:
    """USDT 30 bps below the dollar: 60,180 USDT are 60,000 dollars, and nobody is dear."""
    listed = {"binance": "BTC/USDT", "okx": "BTC/USDT", "coinbase": "BTC/USD", "kraken": "BTC/USD"}
    state = unjudged(VENUES)
    for second in range(20):
        now = START + timedelta(seconds=second)
        seen: dict[BookKey, Observation] = {}
        for venue, symbol in listed.items():
            mid = 60_000.0 / 0.997 if symbol.endswith("USDT") else 60_000.0
            seen[venue, symbol] = replace(around(venue, now, mid), symbol=symbol)
        size = 1000 + second
        seen["kraken", "USDT/USD"] = book("kraken", "USDT/USD", [("0.9969", size)], [("0.9971", size)], now)
        state, health = judge(state, seen, now, SETTINGS)
        assert {feed.state for feed in health} == {"live"}
    assert state.agreed["BTC"] == pytest.approx(60_000, rel=1e-6)
    assert state.rates["USDT"] == pytest.approx(0.997)


@st.composite
def anything(draw: st.DrawFn) -> Given:
    """What a venue in trouble may send: sound books at any price, broken ones, nonsense, refusals, nothing."""
    kind, price = draw(st.sampled_from(KINDS)), draw(st.sampled_from(PRICES))

    def given(venue: str, second: int, at: datetime) -> Observation | None:
        sound = around(venue, at, price)
        spoiled: dict[str, Observation] = {
            "crossed": replace(sound, bids=sound.asks, asks=sound.bids),
            "one-sided": replace(sound, asks=()),
            "empty": replace(sound, bids=(), asks=()),
            "NaN": replace(sound, bids=(Level(Decimal("NaN"), Decimal(1)),)),
            "infinite": replace(sound, asks=(Level(Decimal("Infinity"), Decimal(1)),)),
            "negative": replace(sound, bids=(Level(Decimal(-5), Decimal(1)),)),
            "huge": replace(sound, asks=(Level(Decimal("1E+5000"), Decimal(1)),)),
            "unsorted": replace(sound, asks=sound.asks[::-1]),
            "old": replace(sound, received_at=at - timedelta(seconds=60)),
            "early": replace(sound, received_at=at + timedelta(seconds=60)),
            "nonsense": Fault("A page of HTML."),
            "refused": NoAnswer("The connection was refused."),
        }
        return sound if kind == "sound" else spoiled.get(kind)

    return given


@hypothesis.settings(max_examples=examples(40), deadline=None)
@hypothesis.given(seconds=st.lists(st.fixed_dictionaries({venue: anything() for venue in FOUR}), min_size=1, max_size=30))
def test_whatever_comes_no_bad_book_counts_and_every_exclusion_has_its_reason(seconds: list[dict[str, Given]]) -> None:
    watch = Watch()
    for given in seconds:
        watch.live(1, given)
        now = START + timedelta(seconds=watch.second)
        assert all(fault_of(book) == "" for book in watch.state.books.values())
        assert all((now - book.received_at).total_seconds() <= 5 for book in watch.state.books.values())
        counted = {book.venue: float(book.bids[0].price) for book in watch.state.books.values()}
        assert not counted or max(counted.values()) < 1.1 * min(counted.values()), (
            "two that are a tenth apart never count together"
        )
        for feed in watch.state.health:
            assert feed.reason.endswith(".") == (feed.state != "live")
            assert (feed.venue in watch.counted) == (feed.state in ("live", "warn"))


def test_one_book_alone_moves_no_rate() -> None:
    """USDT/USD of two venues and bitcoin in both are three voices: one that leaves by 40 bps changes nothing."""
    mids = {
        ("coinbase", "USDT/USD"): 0.999,
        ("kraken", "USDT/USD"): 0.999,
        ("coinbase", "BTC/USD"): 60_000.0,
        ("okx", "BTC/USDT"): 60_000.0 / 0.999,
        ("indodax", "USDT/IDR"): 15_850.0,
        ("tokocrypto", "USDT/IDR"): 15_850.0,
        ("indodax", "BTC/IDR"): 60_000.0 / 0.999 * 15_850.0,
    }
    honest = dollar_rates(mids, {})
    assert honest["USDT"] == pytest.approx(0.999)
    assert 1 / honest["IDR"] == pytest.approx(15_850 / 0.999)
    for key, mid in mids.items():
        rates = dollar_rates({**mids, key: mid * 1.004}, honest)
        assert rates["USDT"] == pytest.approx(0.999), key
        assert 1 / rates["IDR"] == pytest.approx(15_850 / 0.999), key


def test_a_move_of_all_moves_the_rate_and_what_nobody_quotes_keeps_its_last() -> None:
    both = {("coinbase", "USDT/USD"): 0.995, ("kraken", "USDT/USD"): 0.995, ("okx", "BTC/USDT"): 60_000.0}
    assert dollar_rates(both, {"USDT": 0.999})["USDT"] == 0.995
    assert dollar_rates({("okx", "BTC/USDT"): 60_000.0}, {"USDT": 0.999})["USDT"] == 0.999
    assert "USDT" not in dollar_rates({("okx", "BTC/USDT"): 60_000.0}, {})
