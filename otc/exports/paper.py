"""Pages as lists of marks, laid out before anything is drawn: so each can say which of how many it is."""

from dataclasses import dataclass, field
from typing import Final

from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from otc.exports.typeface import LINE, Face, width

PAGE_WIDTH, PAGE_HEIGHT = landscape(A4)
MARGIN: Final = 36.0
TOP: Final = PAGE_HEIGHT - 92.0
"""Where the body starts, under the heading that every page carries."""
BOTTOM: Final = 44.0
BODY_WIDTH: Final = PAGE_WIDTH - 2 * MARGIN


@dataclass(frozen=True, slots=True)
class Words:
    """Text with its baseline at y, starting at x or, at the right, ending there."""

    x: float
    y: float
    text: str
    face: Face
    right: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line."""

    x: float
    y: float
    length: float
    colour: Color = LINE
    weight: float = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """A filled rectangle, its lower left corner at x, y."""

    x: float
    y: float
    width: float
    height: float
    colour: Color


Mark = Words | Rule | Block


@dataclass(slots=True)
class Paper:
    """Pages being filled from the top; `y` is the lower edge of what is there, in points from the page's foot."""

    pages: list[list[Mark]] = field(default_factory=lambda: [[]])
    y: float = TOP

    def has_room(self, height: float) -> bool:
        """Whether so much still fits on this page."""
        return self.y - height >= BOTTOM

    def turn(self) -> None:
        """Begin the next page."""
        self.pages.append([])
        self.y = TOP

    def need(self, height: float) -> None:
        """Begin the next page unless so much fits on this one."""
        if not self.has_room(height):
            self.turn()

    def put(self, *marks: Mark) -> None:
        """Set marks on this page."""
        self.pages[-1].extend(marks)

    def line(self, text: str, face: Face, x: float = MARGIN) -> None:
        """Set one line of text under what is there and move below it."""
        self.y -= face.size * 1.4
        self.put(Words(x, self.y + face.size * 0.35, text, face))


def chip(right: float, y: float, text: str, face: Face, ground: Color) -> tuple[Mark, Mark]:
    """Text on a coloured ground, ending at `right`, its baseline at y."""
    pad = face.size * 0.5
    length = width(text, face.font, face.size) + 2 * pad
    ground_mark = Block(right - length, y - face.size * 0.42, length, face.size * 1.55, ground)
    return ground_mark, Words(right - pad, y, text, face, right=True)


def draw(canvas: Canvas, marks: list[Mark]) -> None:
    """Draw one page: grounds and rules first, then the words, so that no ground covers a word."""
    for mark in marks:
        if isinstance(mark, Block):
            canvas.setFillColor(mark.colour)
            canvas.rect(mark.x, mark.y, mark.width, mark.height, stroke=0, fill=1)
        elif isinstance(mark, Rule):
            canvas.setStrokeColor(mark.colour)
            canvas.setLineWidth(mark.weight)
            canvas.line(mark.x, mark.y, mark.x + mark.length, mark.y)
    _draw_words(canvas, [mark for mark in marks if isinstance(mark, Words)])
    canvas.showPage()


def _draw_words(canvas: Canvas, words: list[Words]) -> None:
    """All text of a page in one text object: a call for each string took three times as long."""
    text = canvas.beginText()
    current: Face | None = None
    for each in words:
        if each.face != current:
            current = each.face
            text.setFont(current.font, current.size)
            text.setFillColor(current.colour)
        back = width(each.text, each.face.font, each.face.size) if each.right else 0.0
        text.setTextOrigin(each.x - back, each.y)
        text.textOut(each.text)
    canvas.drawText(text)
