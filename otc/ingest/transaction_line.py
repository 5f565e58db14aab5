"""One line of the transactions file as text, and its ten figures; `Wrong` is why a row is rejected."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from otc.errors import BadNumber
from otc.money import parse

_LONGEST_TEXT: Final = 1_000
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")
"""Control characters, line separators, marks that turn text around, and what stands where bytes were no UTF-8."""
_ID_LENGTH: Final = 64
_NEEDED: Final = "transaction_id client_id market_maker_id bank_account_id client_wallet_id".split()
_CANONICAL: Final = r"(?:0|[1-9][0-9]{0,19})(?:\.[0-9]{0,17}[1-9])?"
"""How the desk writes an amount: within 20 digits and 18 places, nothing that could be left out."""
_ONE_NUMBER: Final = re.compile(_CANONICAL)
_TEN_NUMBERS: Final = re.compile(f"{_CANONICAL}(?:,{_CANONICAL}){{9}}")


class Wrong(Exception):
    """Why a row is rejected; becomes a Reject."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason


class Line(NamedTuple):
    """The 31 texts of a line, in the order of the file."""

    transaction_id: str
    trade_date: str
    trade_timestamp: str
    pair: str
    direction: str
    client_id: str
    client_name: str
    client_type: str
    client_tier: str
    market_maker_id: str
    market_maker_name: str
    volume_crypto: str
    mid_price_idr: str
    mm_price_idr: str
    client_price_idr: str
    spread_bps: str
    idr_mm_amount: str
    idr_client_amount: str
    gross_spread_idr: str
    tax_idr: str
    net_pnl_idr: str
    bank_account_id: str
    client_wallet_id: str
    mm_wallet_id: str
    crypto_settlement_timestamp: str
    fiat_settlement_timestamp: str
    pnl_recognition_timestamp: str
    pnl_recognition_month: str
    status: str
    exchange_ref: str
    notes: str

    def check_texts(self) -> None:
        """No control characters, nothing overlong, no id empty, a tier that exists. Raises Wrong."""
        whole = "".join(self)
        if len(whole) > _LONGEST_TEXT or (not whole.isprintable() and _UNFIT.search(whole)):
            for name, value in zip(self._fields, self, strict=True):
                if len(value) > _LONGEST_TEXT or _UNFIT.search(value):
                    reason = f"holds control characters, bytes that are no UTF-8, or more than {_LONGEST_TEXT} characters"
                    raise Wrong(name, reason)
        ids = (self.transaction_id, self.client_id, self.market_maker_id, self.bank_account_id, self.client_wallet_id)
        if not all(map(str.strip, ids)) or max(map(len, ids)) > _ID_LENGTH:
            name = next(name for name, text in zip(_NEEDED, ids, strict=True) if not text.strip() or len(text) > _ID_LENGTH)
            raise Wrong(name, f"must hold 1 to {_ID_LENGTH} characters")
        if self.client_tier not in ("A", "B", "C"):
            raise Wrong("client_tier", f"{self.client_tier!r} is none of A, B, C")


class Figures(NamedTuple):
    """The ten figures of a line under its column names; amounts in IDR, `volume_crypto` in the asset."""

    volume_crypto: Decimal
    mid_price_idr: Decimal
    mm_price_idr: Decimal
    client_price_idr: Decimal
    spread_bps: Decimal
    idr_mm_amount: Decimal
    idr_client_amount: Decimal
    gross_spread_idr: Decimal
    tax_idr: Decimal
    net_pnl_idr: Decimal

    @staticmethod
    def of(line: Line, odd: dict[str, str]) -> "Figures":
        """The figures of a line; text that is not the canonical way to write one is noted in `odd`. Raises Wrong."""
        texts = line[_FIRST : _FIRST + 10]
        if _TEN_NUMBERS.fullmatch(",".join(texts)):
            return Figures._make(map(Decimal, texts))  # within 18 places and 20 digits as they stand
        return Figures._make(_number(name, text, odd) for name, text in zip(Figures._fields, texts, strict=True))


_FIRST: Final = Line._fields.index("volume_crypto")


def _number(name: str, text: str, odd: dict[str, str]) -> Decimal:
    if _ONE_NUMBER.fullmatch(text):
        return Decimal(text)
    odd[name] = text
    try:
        return parse(text)
    except BadNumber:
        raise Wrong(name, f"{text!r} is not a plain number") from None


def fields_of(values: Sequence[str]) -> Line | None:
    """The values of a line under their names; None where they are not 31."""
    return Line._make(values) if len(values) == len(Line._fields) else None
