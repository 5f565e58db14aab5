"""Texts ready to send, in English and Indonesian, each with its own number style: rate request, quote, confirmation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

from otc.config import Bank, Settings, Wallet
from otc.model import Quote, Side, Trade
from otc.money import Style, grouped, plain
from otc.quoting.landing import Landing, landing_of
from otc.settlement.legs import Rules

Language = Literal["english", "indonesian"]
LANGUAGES: Final[tuple[Language, ...]] = ("english", "indonesian")
_HUNDRED: Final = Decimal(100)
_DAYS: Final[Mapping[Language, str]] = {
    "english": "Mon Tue Wed Thu Fri Sat Sun",
    "indonesian": "Sen Sel Rab Kam Jum Sab Min",
}
_MONTHS: Final[Mapping[Language, str]] = {
    "english": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "indonesian": "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des",
}
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven")


# ---------------------------------------------------------------- numbers and times


def amount(value: Decimal, language: Language, places: int | None = None) -> str:
    """An amount in the language's number style, with all its places or exactly `places`."""
    style: Style = language
    return grouped(value, len(plain(value).partition(".")[2]) if places is None else places, style)


def price(value: Decimal, language: Language) -> str:
    """A price in rupiah: whole, or with four places where it has any."""
    return f"Rp {amount(value, language, 0 if value == value.to_integral_value() else 4)}"


def clock(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """A time of day with its zone: `14:00 WITA`, `14.00 WITA`."""
    local = at.astimezone(zone)
    return f"{local:%H}{':' if language == 'english' else '.'}{local:%M} {local.tzname()}"


def day(at: datetime, zone: ZoneInfo, language: Language) -> str:
    """A day: `Tue 5 Mar 2024`, `Sel 5 Mar 2024`."""
    local = at.astimezone(zone)
    return f"{_DAYS[language].split()[local.weekday()]} {local.day} {_MONTHS[language].split()[local.month - 1]} {local.year}"


# ---------------------------------------------------------------- to market makers


def rate_request(
    pair: str, side: Side, size: Decimal | None, rupiah: Decimal | None, valid_minutes: int, language: Language
) -> str:
    """One text that asks every market maker for a rate; it names no client, and the side is the desk's."""
    asset = pair.split("/")[0]
    if size is not None:
        what = f"{amount(size, language)} {asset}"
    elif rupiah is not None:
        what = f"{asset} {'for' if language == 'english' else 'senilai'} Rp {amount(rupiah, language)}"
    else:
        what = asset
    if language == "english":
        verb = "BUY" if side is Side.BUY else "SELL"
        return f"Rate request {pair}: we {verb} {what}. Your rate in Rp per {asset} please, firm for {valid_minutes} minutes."
    verb = "BELI" if side is Side.BUY else "JUAL"
    return f"Permintaan kurs {pair}: kami {verb} {what}. Mohon kurs dalam Rp per {asset}, berlaku {valid_minutes} menit."


# ---------------------------------------------------------------- to the client


def deal_line(side: Side, size: Decimal, pair: str, unit_price: Decimal, total: Decimal, language: Language) -> str:
    """The deal in one line: `BUY 314,603.723639 USDT @ Rp 15,893.0096 = Rp 5,000,000,000`."""
    verb = {"english": side.value, "indonesian": "BELI" if side is Side.BUY else "JUAL"}[language]
    return (
        f"{verb} {amount(size, language)} {pair.split('/')[0]} @ {price(unit_price, language)} = Rp {amount(total, language, 0)}"
    )


def client_quote(quote: Quote, valid_until: datetime, land: Landing, zone: ZoneInfo, language: Language) -> str:
    """The asked side of a quote, ready to send: the deal, that tax is in it, how long it holds, when the rupiah land."""
    dealt = quote.dealt
    deal = deal_line(dealt.side, dealt.size, quote.request.pair, dealt.price_idr, dealt.client_amount_idr, language)
    rate = amount(quote.tax_rate * _HUNDRED, language)
    until = clock(valid_until, zone, language)
    if language == "english":
        holds = f"All in, {rate}% tax included. Valid until {until}."
    else:
        holds = f"Sudah termasuk pajak {rate}%. Berlaku sampai {until}."
    return "\n".join((deal, holds, landing_line(land, dealt.side, zone, language)))


def landing_line(land: Landing, side: Side, zone: ZoneInfo, language: Language) -> str:
    """When the rupiah land, said to the client."""
    english = language == "english"
    if land.cutoff is None:
        return f"Rupiah by {land.rail}, at any hour." if english else f"Rupiah lewat {land.rail}, kapan saja."
    on = day(land.cutoff, zone, language)
    by = clock(land.coins_by or land.cutoff, zone, language)
    if land.coins_first:
        if english:
            return f"Coins sent before {by} on {on}: rupiah the same day."
        return f"Aset dikirim sebelum {by}, {on}: rupiah masuk hari yang sama."
    if side is Side.BUY:
        if english:
            return f"Rupiah sent before {by} on {on} settle the same day."
        return f"Rupiah dikirim sebelum {by}, {on}: selesai hari yang sama."
    return f"Rupiah go out before {by} on {on}." if english else f"Rupiah kami kirim sebelum {by}, {on}."


@dataclass(frozen=True, slots=True)
class Instructions:
    """Where the client's side of a trade moves: the desk's account and wallet, the day's cut-off, the confirmations asked for."""

    bank: Bank | None
    wallet: Wallet | None
    land: Landing
    confirmations: int | None


def instructions(trade: Trade, settings: Settings, rules: Rules, now: datetime) -> Instructions:
    """The payment instructions of a booked trade; what the configuration does not know is None."""
    parties, chain = settings.counterparties, rules.chain(trade)
    land = landing_of(rules.rails, trade.client_amount_idr, trade.bank_account_id, now, settings.desk.zones.desk)
    finality = next((f for f in chain.finality if f.up_to is None or trade.size <= f.up_to), None)
    return Instructions(
        bank=parties.bank(trade.bank_account_id),
        wallet=parties.wallet(trade.client_wallet_id),
        land=land,
        confirmations=finality.confirmations if finality else None,
    )


def confirmation(trade: Trade, given: Instructions, zone: ZoneInfo, language: Language) -> str:
    """A booked trade and what the client does now: amount, account or wallet, reference, until when."""
    english = language == "english"
    deal = deal_line(trade.side, trade.size, trade.pair, trade.client_price_idr, trade.client_amount_idr, language)
    booked = f"{day(trade.traded_at, zone, language)} {clock(trade.traded_at, zone, language)}"
    head = f"{'Confirmed' if english else 'Konfirmasi'} {trade.transaction_id} · {booked}"
    moves = _pays_rupiah(trade, given, zone, language) if trade.side is Side.BUY else _sends_coins(trade, given, zone, language)
    return "\n".join((head, deal, *moves))


def _pays_rupiah(trade: Trade, given: Instructions, zone: ZoneInfo, language: Language) -> tuple[str, ...]:
    total = f"Rp {amount(trade.client_amount_idr, language, 0)}"
    account, reference, wallet = _account(given.bank, language), trade.transaction_id, _wallet(given.wallet)
    until = _until(given.land, zone, language)
    coins = f"{amount(trade.size, language)} {trade.asset}"
    if language == "english":
        first = (f"Please pay: {total}", f"To: {account}", f"Reference: {reference}", f"Before: {until}")
        return *first, f"Then we send {coins} to your wallet{wallet} as soon as the rupiah have arrived."
    first = (f"Mohon bayar: {total}", f"Ke: {account}", f"Berita: {reference}", f"Sebelum: {until}")
    return *first, f"Setelah rupiah masuk, kami kirim {coins} ke dompet Anda{wallet}."


def _sends_coins(trade: Trade, given: Instructions, zone: ZoneInfo, language: Language) -> tuple[str, ...]:
    coins, total = f"{amount(trade.size, language)} {trade.asset}", f"Rp {amount(trade.client_amount_idr, language, 0)}"
    reference, wallet, until = trade.transaction_id, given.wallet, _until(given.land, zone, language)
    place = f"{wallet.id} ({wallet.chain})" if wallet else ("as agreed" if language == "english" else "sesuai kesepakatan")
    count = "" if given.confirmations is None else str(given.confirmations)
    if language == "english":
        first = (f"Please send: {coins}", f"To our wallet: {place}", f"Reference: {reference}")
        final = f" ({count} confirmations)" if count else ""
        second = f"Then we pay {total} to your account once the coins are final{final}."
        return *first, second, f"Same day if final before {until}."
    first = (f"Mohon kirim: {coins}", f"Ke dompet kami: {place}", f"Berita: {reference}")
    final = f" ({count} konfirmasi)" if count else ""
    return (
        *first,
        f"Setelah aset final{final}, kami bayar {total} ke rekening Anda.",
        f"Hari yang sama jika final sebelum {until}.",
    )


def _account(bank: Bank | None, language: Language) -> str:
    if bank is None:
        return "our account as agreed" if language == "english" else "rekening kami sesuai kesepakatan"
    return f"{bank.name} {bank.account}, {'in the name of' if language == 'english' else 'a.n.'} {bank.holder}"


def _wallet(wallet: Wallet | None) -> str:
    return f" ({wallet.chain})" if wallet else ""


def _until(land: Landing, zone: ZoneInfo, language: Language) -> str:
    if land.cutoff is None:
        return "any hour" if language == "english" else "kapan saja"
    return f"{clock(land.cutoff, zone, language)}, {day(land.cutoff, zone, language)}"


# ---------------------------------------------------------------- to the trader


def landing_words(land: Landing, now: datetime, zone: ZoneInfo) -> str:
    """The cut-off line: `lands today if paid by 14:00; otherwise Thu 2 Jan 08:00, two nights`."""
    if land.cutoff is None:
        return f"lands at any hour: {land.rail} takes it day and night"
    nights = f"{_NUMBERS[land.nights] if land.nights < len(_NUMBERS) else land.nights} night{'' if land.nights == 1 else 's'}"
    until, due = _brief(land.cutoff, now, zone), "the coins are final" if land.coins_first else "paid"
    if not land.today:
        return f"too late for today: lands {_brief(land.taken_at, now, zone)}, {nights}, if {due} by {until}"
    sent = f" (sent by {_brief(land.coins_by, now, zone)})" if land.coins_by else ""
    later = _brief(land.otherwise, now, zone) if land.otherwise else "later"
    return f"lands today if {due} by {until}{sent}; otherwise {later}, {nights}"


def _brief(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return f"{_DAYS['english'].split()[local.weekday()]} {local.day} {_MONTHS['english'].split()[local.month - 1]} {local:%H:%M}"
