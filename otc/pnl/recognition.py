"""PnL exists at the later of the two legs' confirmations and only then; the twin of pnl_settlement.sql and pnl_trade.sql."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import localcontext
from typing import Final, Literal

from otc.model import LegState, PnlRow, Projection, Recognition
from otc.money import CONTEXT

Basis = Literal["settlement", "trade"]
By = Literal["month", "day", "pair", "client", "market_maker", "all"]

_KEY: Final[Mapping[str, Callable[[LegState, date], str]]] = {
    "month": lambda state, on: on.strftime("%Y-%m"),
    "day": lambda state, on: on.isoformat(),
    "pair": lambda state, on: state.pair,
    "client": lambda state, on: state.client_id,
    "market_maker": lambda state, on: state.market_maker_id,
    "all": lambda state, on: "all",
}


def turns_of(projection: Projection, as_of: datetime) -> list[Recognition]:
    """All turns of a trade's PnL up to an instant: the first recognition, and what came after it."""
    state = projection.state
    turns = list(projection.turns)
    if state.recognised_at is not None and state.recognised_on is not None:
        turns.insert(0, Recognition(state.transaction_id, state.recognised_at, state.recognised_on, 1, "settled"))
    return [turn for turn in turns if turn.recognised_at <= as_of]


def pnl_by(
    projections: Iterable[Projection],
    basis: Basis,
    by: By,
    as_of: datetime,
    since: date | None = None,
    before: date | None = None,
) -> list[PnlRow]:
    """PnL grouped by a key, ordered by it; amounts in IDR, exact. `since` and `before` bound the day it belongs to, half open."""
    sums: dict[str, PnlRow] = {}
    for projection in projections:
        state = projection.state
        if basis == "settlement":
            booked = [(turn.recognised_on, turn.sign) for turn in turns_of(projection, as_of)]
        else:
            booked = [(state.traded_on, 1)] if state.traded_at <= as_of else []
        for on, sign in booked:
            if (since is None or on >= since) and (before is None or on < before):
                key = _KEY[by](state, on)
                sums[key] = _added(sums.get(key, PnlRow(key, 0)), state, sign)
    return [sums[key] for key in sorted(sums)]


def _added(row: PnlRow, state: LegState, sign: int) -> PnlRow:
    with localcontext(CONTEXT):  # the default context would round sums of more than 28 digits
        return PnlRow(
            row.key,
            row.trades + sign,
            row.volume_idr + sign * state.client_amount_idr,
            row.gross_spread_idr + sign * state.gross_spread_idr,
            row.tax_idr + sign * state.tax_idr,
            row.net_pnl_idr + sign * state.net_pnl_idr,
        )
