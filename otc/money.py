"""The one place that parses, rounds and writes money: Decimal throughout, 34 digits, 18 decimal places at rest."""

import re
from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from typing import Final, Literal

from otc.errors import BadNumber

CONTEXT: Final = Context(prec=34, rounding=ROUND_HALF_EVEN)
QUANTUM: Final = Decimal(1).scaleb(-18)
RUPIAH: Final = Decimal(1)
BPS: Final = Decimal(10_000)
ZERO: Final = Decimal(0)
LARGEST: Final = Decimal("9" * 20 + "." + "9" * 18)
"""What DECIMAL(38,18) holds; a larger amount is refused at the edge."""
_LEAST: Final = LARGEST.copy_negate()

Style = Literal["plain", "english", "indonesian"]
Rounding = Literal["up", "down", "half_even"]

_ROUNDING: Final = {"up": ROUND_CEILING, "down": ROUND_FLOOR, "half_even": ROUND_HALF_EVEN}
_PATTERN: Final = {
    "plain": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII),
    "english": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?", re.ASCII),
    "indonesian": re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?", re.ASCII),
}
_EXAMPLE: Final = {"plain": "1234567.89", "english": "1,234,567.89", "indonesian": "1.234.567,89"}
_LONGEST_NUMBER: Final = 200
_AMBIGUOUS: Final = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}", re.ASCII)


def parse(text: str, style: Style = "plain") -> Decimal:
    """Read one number written in a declared style.

    Returns a Decimal within DECIMAL(38,18): exact to 18 decimal places, half-even beyond them. Raises BadNumber with a
    sentence for anything else: other separators, NaN, infinities, or more than twenty digits before the point.
    """
    cleaned = text.strip()
    if not _PATTERN[style].fullmatch(cleaned):
        raise BadNumber(f"{_clipped(text)!r} is not a number; write it like {_EXAMPLE[style]}.")
    if len(cleaned) > _LONGEST_NUMBER:
        raise BadNumber(f"{_clipped(cleaned)!r} has {len(cleaned)} digits; a number has at most {_LONGEST_NUMBER}.")
    if style == "english":
        cleaned = cleaned.replace(",", "")
    elif style == "indonesian":
        cleaned = cleaned.replace(".", "").replace(",", ".")
    return exact(Decimal(cleaned))


def parse_typed(text: str, style: Style) -> Decimal:
    """Read a number a person typed into a field; one group of three behind one separator is asked about, not guessed.

    In the english style `1.234` may be meant as 1234, in the indonesian one `1,234`: both are refused with their two
    readings. `1,234,567`, `1234`, `1,234.50` are clear and pass; so is `100,000` where commas group, as most people write.
    """
    found = _AMBIGUOUS.fullmatch(text.strip())
    decimal_mark = {"english": ".", "indonesian": ","}.get(style)
    if found and found.group(1) == decimal_mark:
        digits = text.strip()
        whole = re.sub(r"[.,]", "", digits)
        raise BadNumber(f"{digits!r} can be read as {whole} or as {digits}0; write {whole} or {digits}0.")
    return parse(text, style)


def exact(amount: Decimal) -> Decimal:
    """Quantise to the 18 places a store keeps, half-even; refuses what DECIMAL(38,18) cannot hold."""
    if not amount.is_finite() or not _LEAST <= amount <= LARGEST:
        raise BadNumber(f"{amount:.6g} is outside what the desk can book; amounts stay below 10^20.")
    return amount.quantize(QUANTUM, context=_WIDE)


_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)


def whole_rupiah(amount: Decimal) -> Decimal:
    """Half-even to whole rupiah, as the legs of imported trades are rounded."""
    return amount.to_integral_value(ROUND_HALF_EVEN)


def multiply(first: Decimal, second: Decimal) -> Decimal:
    """The exact product at 18 places."""
    return exact(_WIDE.multiply(first, second))


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum of amounts at 18 places; Python's default context would round it at 28 digits."""
    with localcontext(_WIDE):
        return sum(amounts, ZERO)


def round_to(amount: Decimal, step: Decimal, rounding: Rounding) -> Decimal:
    """Round to a multiple of `step` (a tick, a lot, one rupiah): up, down, or half-even."""
    with localcontext(_WIDE):
        steps = (amount / step).to_integral_value(rounding=_ROUNDING[rounding])
        return exact(steps * step)


def plain(amount: Decimal) -> str:
    """Write an amount exactly and canonically: no exponent, no trailing zeros, `0` for zero."""
    text = f"{amount:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def grouped(amount: Decimal, places: int = 0, style: Style = "english") -> str:
    """Write an amount for reading, rounded half-even to `places`: 1,234.50 or 1.234,50; a true minus sign."""
    rounded = round_to(amount, Decimal(1).scaleb(-places), "half_even")
    text = f"{abs(rounded):,.{places}f}"
    if style == "indonesian":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"\N{MINUS SIGN}{text}" if rounded < 0 else text


def _clipped(text: str) -> str:
    """Enough of a text to know it again in a sentence."""
    return text if len(text) <= 40 else f"{text[:37]}..."


def is_number(text: str) -> bool:
    """Whether the text is a plain number at all."""
    try:
        return bool(_PATTERN["plain"].fullmatch(text)) and Decimal(text).is_finite()
    except InvalidOperation:
        return False
