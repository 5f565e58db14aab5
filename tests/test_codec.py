"""Records go to JSON and come back exactly: a quote is kept with every digit and every instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from otc.codec import from_json, to_json
from otc.model import Cover, Quote, QuoteRequest, Rate, Side
from otc.ports import Meta
from otc.quoting.two_way import Pricer
from tests.builders import at, desk_on, opened, shipped

INSTANTS = st.integers(0, 4 * 10**15).map(lambda us: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us))
AMOUNTS = st.decimals(Decimal("0.000001"), Decimal(100_000), places=6)
NAMES = st.text(max_size=20).filter(lambda text: text.isprintable())
REQUESTS = st.builds(
    QuoteRequest,
    pair=st.just("USDT/IDR"),
    tier=st.sampled_from("ABC"),
    side=st.sampled_from(Side),
    rates=st.lists(
        st.builds(
            Rate,
            st.sampled_from(["MM-001", "MM-002"]),
            st.decimals(Decimal(10_000), Decimal(30_000), places=4),
            INSTANTS,
            st.none(),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    size=AMOUNTS.filter(lambda size: size > Decimal("0.001")),
    client_id=NAMES,
    purpose=NAMES,
    needed_by=st.none() | INSTANTS,
    cover=st.sampled_from(Cover),
)


@given(REQUESTS)
def test_a_quote_comes_back_as_it_was_and_its_bytes_are_its_own(request):
    settings = shipped()
    quote = Pricer(settings, lambda: settings.spreads).price(request, "trader-1", at("2024-03-05 13:12"))
    written = to_json(quote)
    read = from_json(written, Quote)
    assert read == quote
    assert to_json(read) == written


def test_the_same_request_has_the_same_bytes_whatever_the_trailing_zeros():
    one = QuoteRequest("USDT/IDR", "A", Side.BUY, (), size=Decimal("100"))
    assert to_json(one) == to_json(replace(one, size=Decimal("100.000")))


def test_what_a_store_says_of_itself_comes_back():
    meta = Meta(1, "SAMPLE", None, at("2024-01-01 00:00"), "rules")
    assert from_json(to_json(meta), Meta) == meta
    assert from_json(to_json(replace(meta, instant=at("2025-01-02 09:00"))), Meta).instant == at("2025-01-02 09:00")


def test_a_stored_quote_is_the_quote(tmp_path):
    store = opened("duckdb", tmp_path)
    desk = desk_on(store)
    request = QuoteRequest(
        "BTC/IDR", "B", Side.SELL, (Rate("MM-001", Decimal(1_528_000_000), desk.now()),), size=Decimal("0.00000001") * 3
    )
    quote = desk.quote(request, "trader-1")
    assert store.quote(quote.quote_id) == quote
    store.close()
