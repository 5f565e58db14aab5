"""One leg out: what the desk has given a client and not been given for yet, in rupiah of the trades concerned."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from otc.model import Leg, Side
from otc.money import total_of


def one_leg_out_idr(open_rows: Iterable[Mapping[str, object]], client_id: str, as_of: datetime) -> Decimal:
    """The client's amounts of its open trades whose leg to the client is final and whose leg from the client is not.

    `open_rows` are those of the question `aging`: a row a trade, both legs' times in it; amounts in IDR.
    """
    ours = (row for row in open_rows if row["client_id"] == client_id and _is_out(row, as_of))
    return total_of(amount for row in ours if isinstance(amount := row["client_amount_idr"], Decimal))


def _is_out(row: Mapping[str, object], as_of: datetime) -> bool:
    """Of a BUY the coins go to the client and the rupiah come from it; of a SELL the other way round."""
    given, taken = (Leg.CLIENT_CRYPTO, Leg.CLIENT_FIAT) if row["side"] == Side.BUY else (Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO)
    return _final(row[f"{given}_final_at"], as_of) and not _final(row[f"{taken}_final_at"], as_of)


def _final(final_at: object, as_of: datetime) -> bool:
    return isinstance(final_at, datetime) and final_at <= as_of
