"""What each venue lists: its own names, ticks and minimum sizes, and the traps that real listings hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Market:
    """One market as a venue lists it; sizes in the base, notional in the quote currency.

    `alias_of` is the venue and native id whose book this one shows; a `dark` pool takes orders and shows no book.
    """

    base: str
    quote: str
    native_id: str
    tick: Decimal
    lot: Decimal
    min_size: Decimal
    min_notional: Decimal
    alias_of: tuple[str, str] | None = None
    dark: bool = False

    @property
    def symbol(self) -> str:
        """The unified name, like `BTC/USD`."""
        return f"{self.base}/{self.quote}"


def _market(line: str, alias_of: tuple[str, str] | None = None, dark: bool = False) -> Market:
    native_id, symbol, *sizes = line.split()
    base, quote = symbol.split("/")
    tick, lot, min_size, min_notional = map(Decimal, sizes)
    return Market(base, quote, native_id, tick, lot, min_size, min_notional, alias_of, dark)


LISTINGS: Final[Mapping[str, tuple[Market, ...]]] = {
    "binance": (
        _market("BTCUSDT BTC/USDT 0.01 0.00001 0.00001 5"),
        _market("BTCUSDC BTC/USDC 0.01 0.00001 0.00001 5"),
        _market("USDCUSDT USDC/USDT 0.0001 1 1 5"),
        _market("PAXGUSDT PAXG/USDT 0.01 0.0001 0.0001 5"),
    ),
    "okx": (
        _market("BTC-USDT BTC/USDT 0.1 0.00000001 0.00001 0"),
        _market("USDC-USDT USDC/USDT 0.0001 0.000001 1 0"),
    ),
    "kraken": (
        _market("XXBTZUSD BTC/USD 0.1 0.00000001 0.00005 0.5"),
        # Listed after the open market under the same unified name, so ccxt resolves BTC/USD to this one.
        _market("XXBTZUSD.d BTC/USD 0.001 0.00000001 0.00005 0.5", dark=True),
        _market("USDTZUSD USDT/USD 0.0001 0.00000001 5 0.5"),
        _market("USDCUSD USDC/USD 0.0001 0.00000001 5 0.5"),
        _market("PAXGUSD PAXG/USD 0.01 0.00000001 0.002 0.5"),
    ),
    "coinbase": (
        _market("BTC-USD BTC/USD 0.01 0.00000001 0.00000001 1"),
        _market("BTC-USDC BTC/USDC 0.01 0.00000001 0.00000001 1", alias_of=("coinbase", "BTC-USD")),
        _market("USDT-USD USDT/USD 0.00001 0.01 0.01 1"),
    ),
    "coinbaseexchange": (
        _market("BTC-USD BTC/USD 0.01 0.00000001 0.00000001 1"),
        _market("BTC-USDC BTC/USDC 0.01 0.00000001 0.00000001 1", alias_of=("coinbaseexchange", "BTC-USD")),
        _market("USDT-USD USDT/USD 0.00001 0.01 0.01 1"),
    ),
    "indodax": (
        _market("usdtidr USDT/IDR 1 0.00000001 1 10000"),
        _market("btcidr BTC/IDR 1000 0.00000001 0.00001222 10000"),
        _market("usdcidr USDC/IDR 1 0.00000001 1 10000"),
    ),
    "tokocrypto": (
        _market("USDT_IDR USDT/IDR 1 0.01 0.01 20000"),
        _market("BTC_IDR BTC/IDR 1 0.00001 0.00001 20000"),
        _market("BTC_USDT BTC/USDT 0.01 0.00001 0.00001 5", alias_of=("binance", "BTCUSDT")),
    ),
}
"""venue -> its markets, in the order in which the venue lists them."""
