"""The description of the routes: what it says is what the routes do, and its page fetches nothing from elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from otc.web.openapi import document, page
from otc.web.quotes import QUOTE_FIELDS, RFQ_FIELDS
from tests.web.served import Served


def test_every_route_is_described_and_every_description_is_a_route(desk: Served):
    """A described path answers 401 without a key, not 404; an undescribed method 405."""
    for path, methods in document("1")["paths"].items():
        if path == "/healthz":
            continue
        for method in ("GET", "POST"):
            status, _, _ = desk.raw(method, path.replace("{quote_id}", "abc"), key=None)
            assert status == (401 if method.lower() in methods else 405), (method, path)


def test_the_fields_described_are_the_fields_read():
    described = document("1")["paths"]
    for path, fields in (("/api/quote", QUOTE_FIELDS), ("/api/rfq", RFQ_FIELDS)):
        schema = described[path]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert (set(schema["properties"]), schema["additionalProperties"]) == (set(fields), False)


def test_a_two_way_quote_is_answered_as_described(desk: Served):
    schema = document("1")["components"]["schemas"]["TwoWay"]
    _, told = desk.ask("POST", "/api/rfq", {"pair": "BTC/USD", "size": 1, "tier": "B"})
    assert set(schema["required"]) == set(told)
    kinds = {"string": str, "boolean": bool, "array": list}
    assert [name for name, of in schema["properties"].items() if not isinstance(told[name], kinds[of["type"]])] == []


def test_every_reference_in_the_document_leads_somewhere():
    described = document("1")
    led = set(re.findall(r"'\$ref': '#/components/schemas/(\w+)'", str(described)))
    assert led == {"Error", "Answer", "TwoWay"}
    assert led <= set(described["components"]["schemas"])


def test_the_document_and_its_page_need_no_key(desk: Served):
    assert desk.ask("GET", "/openapi.json", key=None)[1]["openapi"] == "3.1.0"
    for path in ("/api", "/api/"):
        status, content, headers = desk.raw("GET", path, key=None)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert b"POST /api/rfq/{quote_id}/accept" in content


def test_the_page_fetches_nothing():
    made = page(document("1"))
    loaded: list[tuple[str, str]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            loaded.extend((tag, name) for name, _ in attrs if name in ("src", "srcset", "data") or tag in ("link", "script"))

    Reader().feed(made)
    assert loaded == []
    assert "http" not in made.replace("over HTTP", "").replace(": HTTP", "")
    assert "<h2>GET /api/prices</h2>" in made


@pytest.mark.parametrize("release", ["<script>", "1.0"])
def test_nothing_in_the_document_becomes_markup(release: str):
    assert "<script" not in page({**document(release), "info": {"title": "<script>", "description": "<script>"}})
