"""Ids come from content: the same content the same id, other content another."""

import re
from datetime import date
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from otc.ids import booked_trade_id, content_id

PARTS = st.lists(st.text(st.sampled_from("ab\x1e\x1fs"), max_size=4), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_two_lists_of_parts_have_one_id_only_if_they_are_the_same(first, second):
    """Also where a part holds the very sign that separates parts."""
    assert (content_id(*first) == content_id(*second)) == (first == second)


def test_an_id_is_twentyfour_hexadecimal_digits_and_never_changes():
    """Facts are stored under these ids, so that they may never come out otherwise: BLAKE2b-96 of `a`, 0x1f, `b`."""
    assert content_id("a", "b") == blake2b(b"a\x1fb", digest_size=12).hexdigest()
    assert re.fullmatch(r"[0-9a-f]{24}", content_id("x"))


@given(st.dates(date(2000, 1, 1)), st.text(max_size=20))
def test_a_booked_trade_is_named_by_its_day_and_six_letters_that_are_not_mistaken(day, content):
    name = booked_trade_id(day.isoformat(), content)
    assert re.fullmatch(rf"OTC-{day:%Y%m%d}-[2-9A-HJ-NP-Z]{{6}}", name)
    assert name == booked_trade_id(day.isoformat(), content)
