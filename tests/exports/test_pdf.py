"""What the printed report promises: the figures in whole rupiah, its name on every page, any text without a crash."""

import time
from dataclasses import replace
from decimal import Decimal

import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from otc.exports import typeface
from otc.exports.delimited import to_csv
from otc.exports.pdf import to_pdf
from otc.exports.xlsx import to_xlsx
from otc.views.table import Column, Document, Table
from tests.soak import examples


def pages(document: Document) -> list[str]:
    """The text of each page as another program reads it."""
    with pdfium.PdfDocument(to_pdf(document)) as opened:
        return [page.get_textpage().get_text_bounded() for page in opened]


def with_names(document: Document, *names: str) -> Document:
    """The same report with one table of names."""
    rows = tuple({"client": name, "idr": Decimal(1)} for name in names)
    return replace(document, tables=(Table("Names", "Names", (Column("client", "Client"), Column("idr", "IDR", "money")), rows),))


def right_edge(document: Document, text: str) -> float:
    """Where the one occurrence of a text on the first page ends, in points."""
    with pdfium.PdfDocument(to_pdf(document)) as opened:
        page = opened[0].get_textpage()
        search = page.search(text, match_whole_word=False)
        found = search.get_next()
        assert found is not None
        assert search.get_next() is None
        start, count = found
        return float(page.get_charbox(start + count - 1, loose=True)[2])


def test_the_first_page_holds_what_is_signed(document: Document) -> None:
    """Title, desk, label, instant with zone, parameters, totals in whole rupiah, note, and the two lines to sign on."""
    (text,) = pages(document)
    for wanted in (
        "Settlement aging",
        "OTC desk",
        "SAMPLE",
        "As of 2025-01-02 09:00:00 Asia/Makassar (UTC+08:00)",
        "=1+1",
        "1,671,129,083",
        "6,127,896,765",
        "7,799,025,848",
        "\N{MINUS SIGN}394,934",
        "15,891.4772",
        "0.51234567",
        "7.2%",
        "2025-01-01 00:30",
        "2024-12-31",
        "Age counts from the trade.",
        "Failed trades",
        "No rows for these parameters.",
        "Prepared by",
        "Approved by",
        "Page 1 of 1",
    ):
        assert wanted in " ".join(text.split()), wanted


def test_the_total_stands_under_its_figures(document: Document) -> None:
    """Money ends at one edge, the bold total with it."""
    edge = right_edge(document, "1,671,129,083")
    assert right_edge(document, "6,127,896,765") == pytest.approx(edge, abs=0.3)
    assert right_edge(document, "7,799,025,848") == pytest.approx(edge, abs=0.6)


def test_a_long_report_repeats_heading_label_and_title_on_every_page(document: Document) -> None:
    """5,000 rows: none is lost between pages, and each page says which of how many it is."""
    names = [f"CLT-{number:05d}" for number in range(5_000)]
    texts = pages(with_names(document, *names))
    assert len(texts) > 100
    for number, text in enumerate(texts, start=1):
        assert f"Page {number} of {len(texts)}" in text
        assert text.count("SAMPLE") == 2
        assert "As of 2025-01-02" in text
    assert all("Client" in text and "IDR" in text for text in texts[:-1])
    assert [word for text in texts for word in text.split() if word.startswith("CLT-")] == names


def test_markup_and_hostile_names_are_printed_as_they_are(document: Document) -> None:
    """A name is never read as markup, a formula or an escape."""
    hostile = ["<b>Bold</b> & Co", "=cmd|' /C calc'!A0", "-1", "@x", "a\\nb (c) %d", "</para><font>"]
    (text,) = pages(with_names(document, *hostile))
    for name in hostile:
        assert name in text


def test_what_the_typeface_lacks_is_spelled_otherwise_or_shown_as_a_question_mark(document: Document) -> None:
    """Accents beyond Western Europe go, arrows are spelled, other scripts become `?`; the page is made all the same."""
    (text,) = pages(
        with_names(document, "Ķīna Łódź", "a \u2192 b", "\u4e2d\u6587 Ltd", "Tab\tand\nline\x00", "\N{GRINNING FACE}")
    )
    for wanted in ("Kina Łódz", "a -> b", "?? Ltd", "Tab and line?"):
        assert wanted in text


@given(st.text())
@settings(max_examples=examples(200))
def test_any_text_becomes_one_the_typeface_can_print(text: str) -> None:
    """In all three faces, on one line, and what it can print already stays."""
    typeface.register()
    printed = typeface.safe(text)
    for font in (typeface.REGULAR, typeface.BOLD, typeface.ITALIC):
        glyphs = pdfmetrics.getFont(font).face.charToGlyph
        assert all(ord(sign) in glyphs for sign in printed)
    assert "\n" not in printed
    assert typeface.safe(printed) == printed


@given(st.text(st.characters(codec="latin-1", categories=["L", "N", "P", "Zs"]), max_size=80), st.integers(1, 4))
def test_broken_text_fits_its_width_and_shows_where_it_was_cut(text: str, lines: int) -> None:
    """No line runs over the edge; words are lost only behind an ellipsis."""
    typeface.register()
    clean = typeface.safe(text)
    broken = typeface.wrapped(clean, typeface.REGULAR, 6.0, lines)
    assert len(broken) <= lines
    assert all(typeface.width(line, typeface.REGULAR) <= 6.0 for line in broken)
    if not broken or not broken[-1].endswith("\u2026"):
        assert "".join("".join(broken).split()) == "".join(clean.split())


def test_a_table_wider_than_the_page_goes_on_below_with_every_column(document: Document) -> None:
    """31 columns: each heading and figure is printed, the first column leads each band, nothing runs off the paper."""
    columns = (Column("id", "Trade"), *(Column(f"c{at}", f"Figure{at}", "money") for at in range(30)))
    row: dict[str, object] = {"id": "OTC-00001", **{f"c{at}": Decimal(7_000_000_000 + at) for at in range(30)}}
    wide = replace(document, tables=(Table("Wide", "Wide", columns, (row,)),))
    text = " ".join(pages(wide))
    assert all(f"Figure{at}" in text and f"7,000,000,{at:03d}" in text for at in range(30))
    assert text.count("OTC-00001") == text.count("Trade") == 2 + text.count("further columns") - 1
    with pdfium.PdfDocument(to_pdf(wide)) as opened:
        page = opened[0].get_textpage()
        boxes = [page.get_charbox(at) for at in range(page.count_chars())]
        assert max(box[2] for box in boxes) <= opened[0].get_width() - 30
        assert min(box[0] for box in boxes) >= 30


def test_a_report_without_tables_is_a_page_to_sign(document: Document) -> None:
    """Nothing to show is no reason to fail."""
    (text,) = pages(replace(document, tables=(), parameters=(), label=""))
    assert "Approved by" in text
    assert "SAMPLE" not in text


def test_the_same_report_is_the_same_file_whenever_it_is_made(document: Document, table: Table) -> None:
    """To the byte, two seconds apart: more than a second for PDF and XML, more than the two of a ZIP member's date."""
    first = to_pdf(document), to_xlsx(document), to_csv(table, document.zone)
    time.sleep(2.1)
    assert (to_pdf(document), to_xlsx(document), to_csv(table, document.zone)) == first
    assert b"D:20250102010000+00'00'" in first[0]
