"""A document as printed pages: A4 across, its name and instant on each, tables with repeated headings, a line to sign on."""

import io
from datetime import UTC
from typing import Final

from reportlab.pdfgen.canvas import Canvas

from otc.exports.cells import zone_words
from otc.exports.grid import set_table
from otc.exports.paper import BODY_WIDTH, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, Paper, Rule, Words, chip, draw
from otc.exports.typeface import ACCENT, AMBER, AMBER_LIGHT, BOLD, INK, LINE, QUIET, REGULAR, Face, register, safe, wrapped
from otc.views.table import Document

_QUIET: Final = Face(REGULAR, 8, QUIET)
_ABREAST: Final = 3
"""Parameters stand in so many columns."""


def to_pdf(document: Document) -> bytes:
    """Print the whole document, the same bytes for the same document; figures rounded for reading, rupiah whole.

    Percent values are in percent (7.2 is 7.2%). Text is printed as it is, never read as markup; a character that the
    typeface lacks is spelled otherwise or shown as `?`.
    """
    register()
    paper = Paper()
    _set_parameters(paper, document)
    for table in document.tables:
        set_table(paper, table, document.zone)
    _set_signatures(paper)
    held = io.BytesIO()
    canvas = _canvas(held, document)
    for number, marks in enumerate(paper.pages, start=1):
        frame = Paper()
        _set_frame(frame, document, f"Page {number} of {len(paper.pages)}")
        draw(canvas, [*frame.pages[0], *marks])
    canvas.save()
    return held.getvalue()


def _canvas(held: io.BytesIO, document: Document) -> Canvas:
    """A canvas without a clock of its own: the file's date is the document's instant."""
    canvas = Canvas(held, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, pageCompression=1)
    stamp = document.as_of.astimezone(UTC).strftime("D:%Y%m%d%H%M%S+00'00'")
    canvas.setDateFormatter(lambda *_: stamp)
    canvas.setTitle(safe(document.title))
    canvas.setAuthor(safe(document.desk))
    canvas.setSubject(safe(document.label))
    return canvas


def _set_frame(paper: Paper, document: Document, page: str) -> None:
    """What every page carries: title, desk, label and instant above; the desk and the page's number below."""
    top, right = PAGE_HEIGHT - MARGIN, PAGE_WIDTH - MARGIN
    as_of = document.as_of.astimezone(document.zone).strftime("%Y-%m-%d %H:%M:%S")
    instant = f"As of {as_of}  {zone_words(document.as_of, document.zone)}"
    title = wrapped(safe(document.title), BOLD, BODY_WIDTH * 0.68 / 16, 1)[0]
    paper.put(Words(MARGIN, top - 14, title, Face(BOLD, 16)), Words(MARGIN, top - 30, safe(document.desk), _QUIET))
    if document.label:
        label = wrapped(safe(document.label), BOLD, BODY_WIDTH * 0.28 / 16, 1)[0]
        paper.put(*chip(right, top - 14, label, Face(BOLD, 16, AMBER), AMBER_LIGHT))
    paper.put(Words(right, top - 30, instant, _QUIET, right=True), Rule(MARGIN, top - 38, BODY_WIDTH, ACCENT, 1.2))
    foot = " \u00b7 ".join(part for part in (safe(document.desk), title, safe(document.label)) if part)
    paper.put(Rule(MARGIN, 32, BODY_WIDTH, LINE), Words(MARGIN, 21, foot, Face(REGULAR, 7, QUIET)))
    paper.put(Words(right, 21, page, Face(REGULAR, 7, QUIET), right=True))


def _set_parameters(paper: Paper, document: Document) -> None:
    """The parameters on the first page, name above value, three abreast."""
    share = BODY_WIDTH / _ABREAST
    for start in range(0, len(document.parameters), _ABREAST):
        abreast = document.parameters[start : start + _ABREAST]
        values = [wrapped(safe(value), REGULAR, (share - 12) / 9, 4) for _, value in abreast]
        height = 14 + 12 * max(len(lines) for lines in values)
        paper.need(height)
        for at, ((name, _), lines) in enumerate(zip(abreast, values, strict=True)):
            x = MARGIN + at * share
            paper.put(Words(x, paper.y - 8, wrapped(safe(name), REGULAR, (share - 12) / 7, 1)[0], Face(REGULAR, 7, QUIET)))
            paper.put(*(Words(x, paper.y - 8 - 12 * n, line, Face(REGULAR, 9)) for n, line in enumerate(lines, start=1)))
        paper.y -= height + 4


def _set_signatures(paper: Paper) -> None:
    """Where who made it and who approved it sign, under the last table."""
    paper.need(78)
    paper.y -= 60
    share = BODY_WIDTH / 2
    for at, role in enumerate(("Prepared by", "Approved by")):
        x = MARGIN + at * share
        paper.put(Words(x, paper.y, role, _QUIET), Rule(x + 56, paper.y - 2, 150, INK, 0.6))
        paper.put(Words(x + 214, paper.y, "Date", _QUIET), Rule(x + 236, paper.y - 2, 90, INK, 0.6))
    paper.y -= 14
