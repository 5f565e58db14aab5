"""What a request brings is read strictly: numbers digit by digit, every field by its name, a sentence for anything else."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from otc.errors import Refused
from otc.web.bodies import LARGEST_BODY_BYTES, body_of
from tests.web.served import Served

QUOTE = {"pair": "USDT/IDR", "tier": "A", "size": "1000", "mm_rate": "15800"}
AMOUNTS = st.decimals(min_value=-(10**19), max_value=10**19, allow_nan=False, allow_infinity=False, places=18)
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = SIMPLE | st.lists(SIMPLE, max_size=3) | st.dictionaries(st.text(max_size=5), SIMPLE, max_size=3)


@given(AMOUNTS)
def test_a_number_is_what_its_digits_say_whether_quoted_or_not(amount: Decimal):
    """0.1 + 0.2 through a float would be 0.30000000000000004."""
    read = [body_of(text.encode(), ("size",)).amount("size") for text in (f'{{"size": {amount:f}}}', f'{{"size": "{amount:f}"}}')]
    assert read == [amount, amount]


@given(st.dictionaries(st.sampled_from(("pair", "size", "other")), JSON) | JSON)
def test_whatever_json_comes_a_field_is_read_or_refused_in_a_sentence(value: object):
    refused = refusal_of(json.dumps(value).encode())
    assert refused in ("", "pair", "size", "400", *(value if isinstance(value, dict) else ()))


def refusal_of(content: bytes) -> str:
    """The field or the status with which a body of pair and size is refused; empty where both are read."""
    try:
        body = body_of(content, ("pair", "size"))
        return "" if body.amount("size").is_finite() and body.text("pair").encode() is not None else "unreadable"
    except (Refused, HTTPException) as error:
        sentence = error.detail if isinstance(error, HTTPException) else str(error)
        if not sentence.endswith("."):
            return sentence
        return error.field if isinstance(error, Refused) else str(error.status_code)


@pytest.mark.parametrize(
    ("status", "body", "field", "words"),
    [
        (400, b"", "", "not JSON"),
        (400, b"{", "", "not JSON (Expecting property name enclosed in double quotes at character 2)"),
        (400, b"\xff\xfe", "", "not JSON"),
        (400, b"[1]", "", "no JSON object"),
        (400, b'{"size": NaN}', "", "NaN is no number"),
        (400, b"[" * 50_000, "", "not JSON"),
        (400, b'{"size": "1", "size": "2"}', "", "stands twice"),
        (413, b" " * (LARGEST_BODY_BYTES + 1), "", "64,000 bytes"),
        (422, {**QUOTE, "price": "1"}, "price", "'price' is no field here; allowed are pair, tier, size, mm_rate."),
        (422, {k: v for k, v in QUOTE.items() if k != "size"}, "size", "size is missing."),
        (422, {"\ud800": 1}, "", "'\\ud800' is no field here"),
        (422, {**QUOTE, "size": None}, "size", "size is missing."),
        (422, {**QUOTE, "size": "1,000"}, "size", "is not a number"),
        (422, {**QUOTE, "size": True}, "size", "no number"),
        (422, {**QUOTE, "size": ["1"]}, "size", "no number"),
        (422, {**QUOTE, "size": "1e400"}, "size", "outside what the desk can book"),
        (422, {**QUOTE, "size": "-1"}, "size", "not above zero"),
        (422, {**QUOTE, "size": "0.0000001"}, "size", "at most 6 decimal places"),
        (422, {**QUOTE, "pair": 1}, "pair", "pair is no text"),
        (422, {**QUOTE, "pair": "x" * 501}, "pair", "501 characters"),
        (422, {**QUOTE, "pair": "USDT\x00IDR"}, "pair", "cannot be printed"),
        (422, {**QUOTE, "pair": "\ud800"}, "pair", "cannot be printed"),
        (422, {**QUOTE, "pair": "DOGE/IDR"}, "pair", "no pair of the desk"),
        (422, {**QUOTE, "tier": "Z"}, "tier", "choose A, B or C"),
        (422, {**QUOTE, "mm_rate": "1"}, "mm_rate", "outside the price band"),
    ],
)
def test_what_is_wrong_with_a_body_is_told_with_its_field(desk: Served, status: int, body: object, field: str, words: str):
    found, told = desk.ask("POST", "/api/quote", body)
    assert (found, told["field"]) == (status, field)
    assert words in told["error"]
    assert set(told) == {"error", "field"}


def test_a_body_that_is_not_declared_as_json_is_not_read(desk: Served):
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        status, told = desk.ask("POST", "/api/quote", QUOTE, headers={"Content-Type": kind})
        assert (status, "application/json" in told["error"]) == (415, True)
    assert desk.ask("POST", "/api/quote", QUOTE, headers={"Content-Type": "application/json; charset=utf-8"})[0] == 200


def test_a_body_whose_length_nobody_declared_is_cut_off_as_well(desk: Served):
    """In chunks no Content-Length says how much will come."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (16_000, b" " * 16_000) for _ in range(5)) + b"0\r\n\r\n"
    head = {"Transfer-Encoding": "chunked"}
    status, told = desk.ask("POST", "/api/quote", chunks, headers=head)
    assert (status, "64,000 bytes" in told["error"]) == (413, True)
