"""The texts that leave the desk: what they say to the rupiah, in both languages and number styles."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from otc.config import Settings, load
from otc.model import Quote, QuoteRequest, Rate, Side, Trade
from otc.quoting.landing import landing, landing_of, urgency
from otc.quoting.messages import (
    LANGUAGES,
    Language,
    client_quote,
    confirmation,
    instructions,
    landing_words,
    rate_request,
)
from otc.quoting.two_way import Pricer, booked
from otc.settlement.legs import Rules

MAKASSAR = ZoneInfo("Asia/Makassar")
SPRINT = datetime(2024, 3, 5, 13, 12, tzinfo=MAKASSAR)
YEAR_END = datetime(2024, 12, 31, 13, 0, tzinfo=MAKASSAR)
FIVE_BILLION = Decimal(5_000_000_000)
Golden = Callable[[str, str | bytes], None]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(Path(__file__).resolve().parents[2] / "config")


@pytest.fixture(scope="module")
def rules(settings: Settings) -> Rules:
    return Rules.of(settings)


def quote_of(settings: Settings, request: QuoteRequest, now: datetime) -> Quote:
    return Pricer(settings, lambda: settings.spreads).price(request, "trader-1", now)


def sprint(settings: Settings) -> Quote:
    """Scenario A."""
    typed = zip(("MM-001", "MM-002", "MM-003"), (15_842, 15_836, 15_851), strict=True)
    rates = tuple(Rate(maker, Decimal(rate), SPRINT) for maker, rate in typed)
    request = QuoteRequest(
        "USDT/IDR", "A", Side.BUY, rates, client_amount_idr=FIVE_BILLION, client_id="CLT-001", bank_account_id="BANK-IDR-001"
    )
    return quote_of(settings, request, SPRINT)


def year_end(settings: Settings) -> Quote:
    """Scenario B."""
    rates = (Rate("MM-001", Decimal(1_528_000_000), YEAR_END),)
    request = QuoteRequest("BTC/IDR", "B", Side.SELL, rates, size=Decimal(3), client_id="CLT-002", bank_account_id="BANK-IDR-002")
    return quote_of(settings, request, YEAR_END)


def sent(settings: Settings, rules: Rules, quote: Quote, language: Language) -> str:
    """The two texts a client gets: the quote and the confirmation of the booked trade."""
    zone, now = settings.desk.zones.desk, quote.quoted_at
    found = landing(quote.request, quote.dealt.client_amount_idr, rules, quote.request.bank_account_id, now, zone)
    trade: Trade = booked(quote, "trader-1", now, settings)
    offer = client_quote(quote, now + timedelta(minutes=5), found, zone, language)
    return f"{offer}\n\n{confirmation(trade, instructions(trade, settings, rules, now), zone, language)}\n"


def test_a_quote_says_the_deal_in_one_line_of_its_language(settings: Settings, rules: Rules) -> None:
    quote = sprint(settings)
    english, indonesian = (sent(settings, rules, quote, language).splitlines()[0] for language in LANGUAGES)
    assert english == "BUY 314,603.723639 USDT @ Rp 15,893.0096 = Rp 5,000,000,000"
    assert indonesian == "BELI 314.603,723639 USDT @ Rp 15.893,0096 = Rp 5.000.000.000"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_buying_client_is_told_what_to_pay_where_and_until_when(
    settings: Settings, rules: Rules, golden: Golden, language: Language
) -> None:
    """BCA takes large rupiah until 14:00; both texts name the hour, in the language's own style."""
    texts = sent(settings, rules, sprint(settings), language)
    rupiah, cutoff = {"english": ("Rp 5,000,000,000", "14:00"), "indonesian": ("Rp 5.000.000.000", "14.00")}[language]
    assert f": {rupiah}\n" in texts
    assert "BCA 000-000-0001" in texts
    assert texts.count(f"{cutoff} WITA") == 2
    golden(f"messages/buy_{language}.txt", texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_selling_client_is_told_where_the_coins_go_and_when_the_rupiah_come(
    settings: Settings, rules: Rules, golden: Golden, language: Language
) -> None:
    texts = sent(settings, rules, year_end(settings), language)
    rupiah, cutoff = {"english": ("Rp 4,539,993,600", "14:00"), "indonesian": ("Rp 4.539.993.600", "14.00")}[language]
    assert ": 3 BTC\n" in texts
    assert "WALLET-BTC-001 (BTC)" in texts
    assert texts.count(rupiah) == 3
    assert texts.count(f"{cutoff} WITA") == 1
    golden(f"messages/sell_{language}.txt", texts)


def test_a_rate_request_names_no_client_and_the_desks_own_side() -> None:
    """The client buys, so the desk buys from the market maker."""
    assert rate_request("USDT/IDR", Side.BUY, None, FIVE_BILLION, 5, "english") == (
        "Rate request USDT/IDR: we BUY USDT for Rp 5,000,000,000. Your rate in Rp per USDT please, firm for 5 minutes."
    )
    assert rate_request("BTC/IDR", Side.SELL, Decimal("0.25"), None, 5, "indonesian") == (
        "Permintaan kurs BTC/IDR: kami JUAL 0,25 BTC. Mohon kurs dalam Rp per BTC, berlaku 5 menit."
    )


@pytest.mark.parametrize(
    ("local", "amount", "words"),
    [
        ("2024-03-05 13:12", 5_000_000_000, "lands today if paid by 14:00; otherwise Wed 6 Mar 08:00, one night"),
        ("2024-03-05 13:59:59", 250_000_001, "lands today if paid by 14:00; otherwise Wed 6 Mar 08:00, one night"),
        ("2024-03-05 14:00", 250_000_001, "too late for today: lands Wed 6 Mar 08:00, one night, if paid by Wed 6 Mar 14:00"),
        ("2024-03-05 23:00", 250_000_000, "lands at any hour: BI-FAST takes it day and night"),
        ("2024-03-08 13:00", 300_000_000, "lands today if paid by 14:00; otherwise Wed 13 Mar 08:00, five nights"),
        ("2024-12-31 13:00", 300_000_000, "lands today if paid by 14:00; otherwise Thu 2 Jan 08:00, two nights"),
    ],
)
def test_the_cut_off_line_counts_nights_over_closed_days(rules: Rules, local: str, amount: int, words: str) -> None:
    """11 and 12 March 2024 are Nyepi and its joint leave; 1 January is New Year."""
    now = datetime.fromisoformat(local).replace(tzinfo=MAKASSAR)
    assert landing_words(landing_of(rules.rails, Decimal(amount), "", now, MAKASSAR), now, MAKASSAR) == words


def test_a_sale_counts_from_the_coins(settings: Settings, rules: Rules) -> None:
    """BTC takes 45 minutes at its median, so coins sent after 13:15 are final too late for 14:00."""
    request = year_end(settings).request
    amount = Decimal(4_539_993_600)
    found = landing(request, amount, rules, "", YEAR_END, MAKASSAR)
    assert found.coins_by == datetime(2024, 12, 31, 13, 15, tzinfo=MAKASSAR)
    moments = {minutes: YEAR_END + timedelta(minutes=minutes) for minutes in (-61, 0, 14, 15)}
    told = {minutes: urgency(landing(request, amount, rules, "", at, MAKASSAR), at) for minutes, at in moments.items()}
    assert told == {-61: "ample", 0: "soon", 14: "soon", 15: "lost"}
    late = landing(request, amount, rules, "", moments[15], MAKASSAR)
    assert landing_words(late, moments[15], MAKASSAR) == (
        "too late for today: lands Thu 2 Jan 08:00, two nights, if the coins are final by Thu 2 Jan 14:00"
    )
