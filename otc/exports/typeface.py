"""The typeface of printed pages: Bitstream Vera, which comes with reportlab, so that a page is the same on every machine."""

import unicodedata
from dataclasses import dataclass
from typing import Final

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR: Final = "Vera"
BOLD: Final = "VeraBd"
ITALIC: Final = "VeraIt"

INK: Final = HexColor("#16211D")
QUIET: Final = HexColor("#5C6863")
LINE: Final = HexColor("#D9DCD4")
SHADE: Final = HexColor("#F1F2EE")
ACCENT: Final = HexColor("#0F5C4D")
AMBER: Final = HexColor("#8A5A00")
AMBER_LIGHT: Final = HexColor("#FBEFD5")

_SPELLED: Final = {"\u2192": "->", "\u2190": "<-", "\u2194": "<->", "\u25cf": "\u2022", "\u202f": " ", "\u2011": "-"}
"""Signs that Vera lacks and a person would write otherwise."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a piece of text looks: font, size in points, colour."""

    font: str = REGULAR
    size: float = 8.0
    colour: Color = INK


def register() -> None:
    """Make the three fonts known to reportlab; once is enough, again does no harm."""
    known = pdfmetrics.getRegisteredFontNames()
    for name in (REGULAR, BOLD, ITALIC):
        if name not in known:
            pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


def safe(text: str) -> str:
    """The text in characters that Vera can print, on one line.

    What it lacks is spelled otherwise, else printed without its accents, else as `?`: a name in another script costs its
    letters, never the report. The delimited file and the workbook hold it whole.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable(sign) for sign in " ".join(text.split()))


def _printable(sign: str) -> str:
    glyphs = pdfmetrics.getFont(REGULAR).face.charToGlyph
    spelled = _SPELLED.get(sign, sign)
    if all(ord(each) in glyphs for each in spelled) and spelled.isprintable():
        return spelled
    bare = "".join(each for each in unicodedata.normalize("NFKD", sign) if ord(each) in glyphs and each.isprintable())
    return "" if not bare and unicodedata.combining(sign) else bare or "?"


def width(text: str, font: str, size: float = 1.0) -> float:
    """How wide the text runs, in points."""
    return float(pdfmetrics.stringWidth(text, font, size))


def wrapped(text: str, font: str, most: float, lines: int) -> tuple[str, ...]:
    """Break text into at most `lines` lines no wider than `most` (points at size one); the last ends in an ellipsis if cut."""
    if width(text, font) <= most:
        return (text,)
    made: list[str] = []
    for word in text.split():
        if made and width(f"{made[-1]} {word}", font) <= most:
            made[-1] += f" {word}"
        else:
            made.extend(_pieces(word, font, most))
        if len(made) > lines:
            return (*made[: lines - 1], _cut(made[lines - 1], font, most))
    return tuple(made)


def _pieces(word: str, font: str, most: float) -> list[str]:
    """A word in pieces that fit, whole where it does."""
    pieces = [""]
    for sign in word:
        if pieces[-1] and width(pieces[-1] + sign, font) > most:
            pieces.append("")
        pieces[-1] += sign
    return pieces


def _cut(line: str, font: str, most: float) -> str:
    while line and width(f"{line}\u2026", font) > most:
        line = line[:-1]
    return f"{line.rstrip()}\u2026"
