"""A table on paper: columns as wide as what stands in them, headings on every page, text broken where it is long.

A table wider than the page is set smaller, down to six points; one wider still continues column by column in further bands,
each led by the first column. Figures are never broken or cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from otc.exports.cells import is_figure, places_of, shown, total_value
from otc.exports.paper import BODY_WIDTH, MARGIN, Block, Paper, Rule, Words
from otc.exports.typeface import BOLD, INK, ITALIC, LINE, QUIET, REGULAR, SHADE, Face, safe, width, wrapped
from otc.views.table import Column, Table

_SIZES: Final = (8.0, 7.5, 7.0, 6.5, 6.0)
_WIDEST_TEXT: Final = 24.0
"""Of a text column, in ems; longer text is broken into lines."""
_GUTTER: Final = 1.4
_SHORT_TITLE: Final = 11
"""A heading of so few characters stays on one line."""
_MOST_LINES: Final = 4
_WIDEST_STRETCH: Final = 1.6
_LEAD: Final = 1.3
_PAD: Final = 0.75

Line = tuple[str, ...]
"""The cells of one row, each the text of its column."""


@dataclass(frozen=True, slots=True)
class _Lane:
    """One column as it is set: which it is, its width in points, the side its cells stand on, its heading in lines."""

    position: int
    width: float
    right: bool
    heading: Line


@dataclass(frozen=True, slots=True)
class _Set:
    """A table's texts, ready to be set at one size."""

    title: str
    rows: list[Line]
    total: Line | None
    size: float


def set_table(paper: Paper, table: Table, zone: ZoneInfo) -> None:
    """Put a table on the paper: title, headings on each page, rows, total, note; one without rows says so."""
    rows, total = _written(table, zone)
    natural = [_natural(column, at, rows, total) for at, column in enumerate(table.columns)]
    size = next((size for size in _SIZES if sum(natural) * size <= BODY_WIDTH), _SIZES[-1])
    texts = _Set(safe(table.title), rows, total, size)
    for number, band in enumerate(_bands(table, natural, size)):
        _set_band(paper, texts, band, f"{texts.title}, further columns" if number else texts.title)
    _set_note(paper, table.note)


def _written(table: Table, zone: ZoneInfo) -> tuple[list[Line], Line | None]:
    """Every cell as text, and the total's."""
    wanted = [(column.key, column.kind, places_of(table, column)) for column in table.columns]
    rows = [tuple(safe(shown(row.get(key), kind, places, zone)) for key, kind, places in wanted) for row in table.rows]
    if table.total is None:
        return rows, None
    totals = ((total_value(table, at), kind, places) for at, (_, kind, places) in enumerate(wanted))
    return rows, tuple(safe(shown(value, kind, places, zone)) for value, kind, places in totals)


def _natural(column: Column, at: int, rows: Sequence[Line], total: Line | None) -> float:
    """The width a column asks for, in ems: its widest cell (text up to a limit) or its heading in lines."""
    title = safe(column.title)
    heading = max((width(word, BOLD) for word in ([title] if len(title) <= _SHORT_TITLE else title.split())), default=0.0)
    last = width(total[at], BOLD) if total else 0.0
    widest = max((width(row[at], REGULAR) for row in rows), default=0.0)
    asked = max(widest, last) if is_figure(column.kind) else min(max(widest, last), _WIDEST_TEXT)
    return max(asked, heading) + _GUTTER


def _bands(table: Table, natural: Sequence[float], size: float) -> list[tuple[_Lane, ...]]:
    """The columns of each band; the first column leads every one."""
    bands: list[list[int]] = [[]]
    for at in range(len(natural)):
        if bands[-1] and sum(natural[each] for each in (*bands[-1], at)) * size > BODY_WIDTH:
            bands.append([0])
        bands[-1].append(at)
    stretch = min([_WIDEST_STRETCH, *(BODY_WIDTH / (sum(natural[at] for at in band) * size) for band in bands)])
    return [tuple(_lane(table.columns[at], at, natural[at] * stretch, size) for at in band) for band in bands]


def _lane(column: Column, at: int, ems: float, size: float) -> _Lane:
    heading = wrapped(safe(column.title), BOLD, ems - _GUTTER, _MOST_LINES)
    return _Lane(at, ems * size, is_figure(column.kind), heading)


def _set_band(paper: Paper, texts: _Set, band: Sequence[_Lane], title: str) -> None:
    paper.need(10 * texts.size * _LEAD)
    paper.y -= 10
    paper.line(title, Face(BOLD, 10.5))
    paper.y -= 3
    _set_heading(paper, band, texts.size)
    if not texts.rows:
        paper.line("No rows for these parameters.", Face(ITALIC, texts.size, QUIET), MARGIN + _GUTTER / 2 * texts.size)
    for row in texts.rows:
        _set_row(paper, band, row, Face(REGULAR, texts.size), title)
        paper.put(Rule(MARGIN, paper.y, _length(band), LINE, 0.35))
    if texts.total is not None:
        start = _set_row(paper, band, texts.total, Face(BOLD, texts.size), title)
        paper.put(Rule(MARGIN, start, _length(band), INK, 0.9))


def _set_heading(paper: Paper, band: Sequence[_Lane], size: float) -> None:
    face = Face(BOLD, size, QUIET)
    deepest = max(len(lane.heading) for lane in band)
    height = (deepest * _LEAD + _PAD) * size
    paper.put(Block(MARGIN, paper.y - height, _length(band), height, SHADE))
    _set_cells(paper, band, [("",) * (deepest - len(lane.heading)) + lane.heading for lane in band], face)
    paper.y -= height
    paper.put(Rule(MARGIN, paper.y, _length(band), QUIET, 0.6))


def _set_row(paper: Paper, band: Sequence[_Lane], row: Line, face: Face, title: str) -> float:
    """Set one row, on the next page under a repeated heading where this one is full; returns the row's upper edge."""
    cells = [_broken(row[lane.position], lane, face) for lane in band]
    height = (max(len(lines) for lines in cells) * _LEAD + _PAD) * face.size
    if not paper.has_room(height):
        paper.turn()
        paper.line(f"{title}, continued", Face(ITALIC, 8, QUIET))
        _set_heading(paper, band, face.size)
    start = paper.y
    _set_cells(paper, band, cells, face)
    paper.y -= height
    return start


def _broken(text: str, lane: _Lane, face: Face) -> Line:
    return (text,) if lane.right else wrapped(text, face.font, lane.width / face.size - _GUTTER, _MOST_LINES)


def _set_cells(paper: Paper, band: Sequence[_Lane], cells: Sequence[Line], face: Face) -> None:
    x, side = MARGIN, _GUTTER / 2 * face.size
    for lane, lines in zip(band, cells, strict=True):
        edge = x + lane.width - side if lane.right else x + side
        for number, text in enumerate(lines, start=1):
            if text:
                y = paper.y - (number * _LEAD + _PAD / 2 - 0.3) * face.size
                paper.put(Words(edge, y, text, face, right=lane.right))
        x += lane.width


def _length(band: Sequence[_Lane]) -> float:
    return sum(lane.width for lane in band)


def _set_note(paper: Paper, note: str) -> None:
    face = Face(ITALIC, 7.5, QUIET)
    paper.y -= 3
    for line in wrapped(safe(note), face.font, BODY_WIDTH / face.size, 12) if note else ():
        paper.need(face.size * 1.4)
        paper.line(line, face)
