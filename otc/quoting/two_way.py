"""A request priced both ways, and the trade that its acceptance books; pure: settings, rates and `now` in, records out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from otc.config import Settings, Spreads
from otc.errors import Refused
from otc.ids import booked_trade_id, content_id
from otc.model import Cover, Quote, QuoteRequest, Rate, Side, Trade
from otc.money import ZERO, grouped, plain
from otc.quoting.mm_pricer import Terms, best_rate, mid_of, price_side, size_for_rupiah


@dataclass(frozen=True)
class Pricer:
    """Prices requests under a configuration; `spreads` gives the table in force at the moment it is called."""

    settings: Settings
    spreads: Callable[[], Spreads]

    def price(self, request: QuoteRequest, actor: str, now: datetime) -> Quote:
        """Price a request both ways; the same inputs give the same quote. Refused names the field that is wrong."""
        terms = self.terms(request, now)
        _check_amounts(request, terms)
        _check_bands(request, terms)
        rates = {side: self._rate(request, side) for side in Side}
        size = request.size or size_for_rupiah(request.side, request.client_amount_idr or ZERO, rates[request.side], terms)
        buy, sell = (price_side(side, size, rates[side], terms) for side in (Side.BUY, Side.SELL))
        largest = self.settings.desk.quoting.largest_notional_idr
        if max(buy.client_amount_idr, sell.client_amount_idr) > largest:
            raise Refused(f"The amount is above IDR {grouped(largest)}, the largest the desk quotes (desk.yaml).", "size")
        quote_id = content_id("quote", actor, now.astimezone(UTC).isoformat(), *_words(request), *_terms_words(terms))
        return Quote(quote_id, now, actor, request, terms.spread_bps, terms.tax_rate, buy, sell)

    def terms(self, request: QuoteRequest, now: datetime) -> Terms:
        """Spread, tax and pair settings in force for a request."""
        spreads, desk = self.spreads(), self.settings.desk
        if request.pair not in spreads or request.pair not in desk.pairs:
            raise Refused(f"{request.pair!r} is no pair of the desk; choose {', '.join(desk.pairs)}.", "pair")
        if request.tier not in spreads[request.pair]:
            raise Refused(f"{request.tier!r} is no tier; choose A, B or C.", "tier")
        tax = desk.tax_on(now.astimezone(desk.zones.books).date())
        spread = spreads[request.pair][request.tier]
        if request.override_bps is not None:
            spread = self._overridden(request, spread, request.override_bps)
        return Terms(spread, tax.rate, desk.pairs[request.pair], desk.quoting)

    def _overridden(self, request: QuoteRequest, spread: Decimal, wanted: Decimal) -> Decimal:
        bounds = self.settings.desk.quoting
        low, high = max(bounds.override_floor_bps, spread - bounds.override_max_bps), spread + bounds.override_max_bps
        if not low <= wanted <= high:
            allowed = f"{plain(low)} to {plain(high)} bps for tier {request.tier}"
            raise Refused(f"An override of {plain(wanted)} bps is outside {allowed}.", "override_bps")
        if not request.override_reason.strip():
            raise Refused("An override of the spread needs its reason.", "override_reason")
        return wanted

    def _rate(self, request: QuoteRequest, side: Side) -> Rate:
        """The chosen or best rate for a side; the side not asked for falls back on the asked one's, for show."""
        chosen = tuple(r for r in request.rates if not request.market_maker_id or r.market_maker_id == request.market_maker_id)
        stands = any(rate.side in (None, side) for rate in chosen)
        return best_rate(side if stands else request.side, chosen)


def _words(request: QuoteRequest) -> Iterator[str]:
    """Everything a request says, as texts in a fixed order; what is not given is empty, and zero is not empty."""
    yield from (request.pair, request.tier, request.side, request.client_id, request.market_maker_id, request.cover)
    for amount in (request.size, request.client_amount_idr, request.override_bps):
        yield "" if amount is None else plain(amount)
    yield from (request.override_reason, request.purpose, request.bank_account_id, request.client_wallet_id)
    yield "" if request.needed_by is None else request.needed_by.astimezone(UTC).isoformat()
    for rate in request.rates:
        yield from (rate.market_maker_id, plain(rate.rate_idr), rate.typed_at.astimezone(UTC).isoformat(), rate.side or "")


def _terms_words(terms: Terms) -> tuple[str, ...]:
    quoting, pair = terms.quoting, terms.pair
    return (
        plain(terms.spread_bps),
        plain(terms.tax_rate),
        quoting.rounding,
        quoting.markup,
        plain(pair.tick),
        str(pair.size_places),
    )


def _check_amounts(request: QuoteRequest, terms: Terms) -> None:
    if (request.size is None) == (request.client_amount_idr is None):
        raise Refused("Give either the size or the rupiah amount.", "size")
    for name, amount in (("size", request.size), ("client_amount_idr", request.client_amount_idr)):
        if amount is not None and amount <= 0:
            raise Refused(f"{plain(amount)} is not above zero; write what the client deals in.", name)
    if request.client_amount_idr is not None and request.client_amount_idr != round(request.client_amount_idr):
        raise Refused(
            f"{plain(request.client_amount_idr)} is not in whole rupiah; leave out the part behind the point.",
            "client_amount_idr",
        )
    if request.size is not None and request.size != round(request.size, terms.pair.size_places):
        raise Refused(f"{request.pair} is dealt in at most {terms.pair.size_places} decimal places.", "size")


def _check_bands(request: QuoteRequest, terms: Terms) -> None:
    for rate in request.rates:
        if not terms.pair.band_low <= rate.rate_idr <= terms.pair.band_high:
            band = f"{grouped(terms.pair.band_low)} to {grouped(terms.pair.band_high)}"
            sentence = f"{plain(rate.rate_idr)} is outside the price band of {request.pair}, {band} (desk.yaml)."
            raise Refused(sentence, f"rate_{rate.market_maker_id}")


def trade_id_of(quote: Quote, settings: Settings) -> str:
    """The id that the quote's acceptance books under: its day in the desk's zone and six of its content."""
    day = quote.quoted_at.astimezone(settings.desk.zones.desk).date().isoformat()
    return booked_trade_id(day, quote.quote_id)


def booked(quote: Quote, actor: str, now: datetime, settings: Settings) -> Trade:
    """The trade that a quote's acceptance books; its id comes from the quote, so accepting twice gives one trade."""
    request, dealt, parties = quote.request, quote.dealt, settings.counterparties
    client, maker = parties.client(request.client_id), parties.market_maker(dealt.market_maker_id)
    if client is None:
        raise Refused("Choose a client before accepting.", "client_id")
    if maker is None:
        raise Refused(f"{dealt.market_maker_id!r} is no market maker of counterparties.yaml.", "market_maker_id")
    if request.cover is not Cover.MARKET_MAKER:
        raise Refused("The desk covers through market makers; a cover by venues needs the hedge executor.", "cover")
    wallet = parties.client_wallet(request.pair.split("/")[0])
    return Trade(
        transaction_id=trade_id_of(quote, settings),
        traded_at=now,
        pair=request.pair,
        side=request.side,
        client_id=client.id,
        client_name=client.name,
        client_type=client.type,
        client_tier=request.tier,
        market_maker_id=maker.id,
        market_maker_name=maker.name,
        size=dealt.size,
        mid_price_idr=mid_of(request.rates),
        mm_price_idr=dealt.mm_rate_idr,
        client_price_idr=dealt.price_idr,
        spread_bps=quote.spread_bps,
        mm_amount_idr=dealt.mm_amount_idr,
        client_amount_idr=dealt.client_amount_idr,
        gross_spread_idr=dealt.gross_spread_idr,
        tax_idr=dealt.tax_idr,
        net_pnl_idr=dealt.net_pnl_idr,
        bank_account_id=request.bank_account_id or client.bank,
        client_wallet_id=request.client_wallet_id or (wallet.id if wallet else ""),
        mm_wallet_id=maker.wallet,
        exchange_ref="",
        notes="",
        cover=request.cover,
        recorded_at=now,
        quote_id=quote.quote_id,
        booked_by=actor,
        purpose=request.purpose,
        needed_by=request.needed_by,
    )
