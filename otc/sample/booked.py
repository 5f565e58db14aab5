"""A deal as the desk's own record of a trade: whoever asks the product's rules about the sample year asks with this."""

from otc.model import Cover, Trade
from otc.sample.deals import Deal


def trade_of(deal: Deal, transaction_id: str = "") -> Trade:
    """The trade as an import of its row books it: two client legs, the cover's not tracked."""
    price = deal.price
    return Trade(
        transaction_id=transaction_id or str(deal.number),
        traded_at=deal.traded_at,
        pair=deal.pair,
        side=deal.side,
        client_id=deal.client.id,
        client_name=deal.client.name,
        client_type=deal.client.type,
        client_tier=deal.client.tier,
        market_maker_id=deal.maker.id,
        market_maker_name=deal.maker.name,
        size=price.size,
        mid_price_idr=deal.mid_idr,
        mm_price_idr=price.mm_rate_idr,
        client_price_idr=price.price_idr,
        spread_bps=deal.spread_bps,
        mm_amount_idr=price.mm_amount_idr,
        client_amount_idr=price.client_amount_idr,
        gross_spread_idr=price.gross_spread_idr,
        tax_idr=price.tax_idr,
        net_pnl_idr=price.net_pnl_idr,
        bank_account_id=deal.bank_id,
        client_wallet_id=deal.wallet_id,
        mm_wallet_id=deal.maker.wallet,
        exchange_ref=deal.exchange_ref,
        notes="",
        cover=Cover.UNTRACKED,
        recorded_at=deal.traded_at,
    )
