"""How venues write: numbers with their own digits, instants, JSON."""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Final

_MARKED: Final = re.compile(r'"#([^"]*)#"')


def digits(value: Decimal, places: int = 0) -> str:
    """A number as venues write it: no exponent, at least so many decimals, none of its own ever dropped."""
    text = format(value, "f")
    if not value.is_finite():
        return text
    whole, _, decimals = text.partition(".")
    decimals = decimals.ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else whole


def places(step: Decimal) -> int:
    """How many decimals a tick or a lot has."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970."""
    return int(instant.timestamp() * 1000)


def stamp(instant: datetime) -> str:
    """ISO 8601 to the microsecond with a Z, as Coinbase and Kraken write it."""
    return f"{instant:%Y-%m-%dT%H:%M:%S.%fZ}"


def bare(number: str) -> str:
    """Mark a number that `written` shall write without quotes, its digits untouched."""
    return f"#{number}#"


def written(payload: object) -> str:
    """A payload as JSON text without spaces; numbers marked by `bare` stand bare."""
    return _MARKED.sub(r"\1", json.dumps(payload, separators=(",", ":")))
