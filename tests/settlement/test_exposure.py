"""What the desk has given a client and not been given for yet."""

from decimal import Decimal

import pytest

from otc.model import Side
from otc.settlement.exposure import one_leg_out_idr
from tests.builders import at

NOON = at("2024-07-03 12:00")


def row(side: Side, crypto: str = "", fiat: str = "", client_id: str = "CLT-001") -> dict[str, object]:
    """An open trade of a billion, its legs final at these times."""
    return {
        "client_id": client_id,
        "side": side.value,
        "client_amount_idr": Decimal(1_000_000_000),
        "client_crypto_final_at": at(f"2024-07-03 {crypto}") if crypto else None,
        "client_fiat_final_at": at(f"2024-07-03 {fiat}") if fiat else None,
    }


@pytest.mark.parametrize(
    ("open_row", "out"),
    [
        (row(Side.BUY, crypto="11:00"), 1),  # coins sent, nothing paid yet
        (row(Side.BUY, fiat="11:00"), 0),  # paid, coins still to go: the client is out, not the desk
        (row(Side.SELL, fiat="11:00"), 1),  # rupiah paid, coins not there
        (row(Side.SELL, crypto="11:00"), 0),
        (row(Side.BUY), 0),
        (row(Side.BUY, crypto="11:00", fiat="11:30"), 0),
        (row(Side.BUY, crypto="12:01"), 0),  # not yet, at noon
        (row(Side.BUY, crypto="12:00"), 1),
        (row(Side.BUY, crypto="11:00", fiat="12:01"), 1),
        (row(Side.BUY, crypto="11:00", client_id="CLT-002"), 0),
    ],
)
def test_a_leg_is_out_from_its_finality_until_the_other_ones(open_row, out):
    assert one_leg_out_idr([open_row], "CLT-001", NOON) == out * 1_000_000_000


def test_what_is_out_adds_up_over_the_clients_trades():
    rows = [row(Side.BUY, crypto="11:00"), row(Side.SELL, fiat="10:00"), row(Side.BUY), row(Side.BUY, crypto="9:00".zfill(5))]
    assert one_leg_out_idr(rows, "CLT-001", NOON) == 3_000_000_000
