"""The routes described: an OpenAPI 3.1 document, and a page of our own that shows it; nothing is fetched from elsewhere."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

_TEXT: Final = {"type": "string"}
_AMOUNT: Final = {
    "type": ["string", "number"],
    "description": 'A number, exact: as text like "1234567.89", or as a JSON number, which is read digit by digit.',
}
_INSTANT: Final = {"type": "string", "format": "date-time", "description": "ISO 8601; without an offset in the desk's zone."}
_SIDE: Final = {"type": "string", "enum": ["BUY", "SELL"], "description": "What the client does."}
_ERRORS: Final = {
    "400": "The body is not a JSON object.",
    "401": "No key, or one that nobody has.",
    "404": "There is no such quote.",
    "409": "The quote is late, indicative, or ended already.",
    "413": "The body is larger than 64,000 bytes.",
    "415": "The body is not declared as application/json.",
    "422": "A field is missing, unknown or wrong; `field` names it.",
    "503": "The desk cannot do this now: its store or its market is not there.",
}
_BODY_ERRORS: Final = ("400", "401", "413", "415", "422")
_QUOTE_ID: Final = {"name": "quote_id", "in": "path", "required": True, "schema": _TEXT}
_COMPONENTS: Final = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"name": _TEXT, "bps": _TEXT, "ask_bps": _TEXT, "bid_bps": _TEXT, "words": _TEXT},
    },
}
_STYLE: Final = (
    "body{font:14px/1.45 system-ui,sans-serif;max-width:62rem;margin:1.5rem auto;padding:0 1rem;color:#16211d;background:#fcfcfa}"
    "h1{font-size:20px}h2{font-size:15px;margin:1.6rem 0 .2rem}code,h2{font-family:ui-monospace,monospace}"
    "table{border-collapse:collapse;margin:.4rem 0}td,th{text-align:left;vertical-align:top;padding:.15rem .9rem .15rem 0}"
    "th{font-weight:600;color:#0f5c4d}"
    "@media(prefers-color-scheme:dark){body{color:#e3eae6;background:#0e1513}th{color:#3fb79b}a{color:#3fb79b}}"
)


def document(release: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of this release."""
    rfq = {
        "pair": _TEXT,
        "size": _AMOUNT,
        "side": _SIDE,
        "tier": {**_TEXT, "description": "The client's own where client_id is given; needed where it is not."},
        "client_id": _TEXT,
        "channel": {"type": "string", "enum": ["electronic", "chat"], "default": "electronic"},
        "needed_by": _INSTANT,
        "purpose": _TEXT,
    }
    quote = {"pair": _TEXT, "tier": _TEXT, "size": _AMOUNT, "mm_rate": _AMOUNT}
    reason = {"reason": _TEXT}
    size = {"name": "size", "in": "query", "required": True, "schema": _TEXT}
    pair = {"name": "pair", "in": "query", "required": True, "schema": _TEXT}
    paths = {
        "/api/quote": {"post": _post("Price both sides from a market maker's rate; nothing is kept", quote, tuple(quote))},
        "/api/rfq": {"post": _post("A two-way quote from the venues, kept", rfq, ("pair", "size"), "TwoWay", ("503",))},
        "/api/rfq/{quote_id}": {"get": _get("A kept quote and what became of it", (_QUOTE_ID,), ("401", "404"), "TwoWay")},
        "/api/rfq/{quote_id}/accept": {
            "post": _on_quote("Book a side of it, once: accepted again, the same trade comes back", {"side": _SIDE})
        },
        "/api/rfq/{quote_id}/refuse": {"post": _on_quote("The client refuses", reason)},
        "/api/rfq/{quote_id}/withdraw": {"post": _on_quote("The desk withdraws", reason)},
        "/api/params": {"get": _get("Pairs, spreads, tax, two-way settings, venues, as they are in force", (), ("401", "503"))},
        "/api/prices": {"get": _stream((pair, size))},
        "/healthz": {"get": {**_get("Whether store and market are well", (), ("503",)), "security": []}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OTC desk",
            "version": release,
            "description": "Amounts are text, exact; instants are ISO 8601 in the desk's zone; an error is a sentence.",
        },
        "security": [{"bearer": []}, {"header": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": {"Error": _object({"error": _TEXT, "field": _TEXT}), "Answer": {"type": "object"}, "TwoWay": _two_way()},
        },
    }


def _two_way() -> dict[str, Any]:
    texts = ("rfq_id", "quote_id", "pair", "size", "bid", "ask", "mid")
    lists = {name: {"type": "array", "items": {"type": "object"}} for name in ("excluded", "rates")}
    flags = {name: {"type": "boolean"} for name in ("firm", "simulated")}
    doubts = {"type": "array", "items": _TEXT}
    return _object(
        dict.fromkeys(texts, _TEXT) | {"components": _COMPONENTS, "doubts": doubts, "expires_at": _INSTANT} | lists | flags
    )


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties if required is None else required)}


def _content(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _responses(errors: tuple[str, ...], schema: str = "Answer") -> dict[str, Any]:
    fault = _content({"$ref": "#/components/schemas/Error"})
    done = {"description": "Done", **_content({"$ref": f"#/components/schemas/{schema}"})}
    return {"200": done} | {status: {"description": _ERRORS[status], **fault} for status in sorted(errors)}


def _get(
    summary: str, parameters: tuple[Mapping[str, Any], ...], errors: tuple[str, ...], schema: str = "Answer"
) -> dict[str, Any]:
    return {"summary": summary, "parameters": list(parameters), "responses": _responses(errors, schema)}


def _post(
    summary: str, fields: Mapping[str, Any], required: tuple[str, ...], schema: str = "Answer", errors: tuple[str, ...] = ()
) -> dict[str, Any]:
    body = {"required": bool(required), **_content({**_object(fields, required), "additionalProperties": False})}
    return {"summary": summary, "requestBody": body, "responses": _responses((*_BODY_ERRORS, *errors), schema)}


def _on_quote(summary: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"parameters": [_QUOTE_ID], **_post(summary, fields, (), errors=("404", "409"))}


def _stream(parameters: tuple[Mapping[str, Any], ...]) -> dict[str, Any]:
    """What a stream answers: events, not one object."""
    words = "Server-sent events: `prices` once a second while they change, `problem` with a sentence, comments as heartbeats"
    described = _get("What a size costs and brings on the venues, live", parameters, ("401", "422", "503"))
    events = {"description": words, "content": {"text/event-stream": {"schema": _TEXT}}}
    return {**described, "responses": described["responses"] | {"200": events}}


def page(described: Mapping[str, Any]) -> str:
    """The document as one page of HTML, without script and without anything from elsewhere."""
    title = escape(described["info"]["title"])
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        f"<meta name='viewport' content='width=device-width'><title>{title}: HTTP</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title} over HTTP</h1><p>{escape(described['info']['description'])}",
        " Send your key as <code>Authorization: Bearer KEY</code> or <code>X-API-Key: KEY</code>.",
        " The same for programs: <a href='/openapi.json'>openapi.json</a>.</p>",
    ]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            parts.append(_section(path, method, operation))
    return "".join([*parts, "</body></html>"])


def _section(path: str, method: str, operation: Mapping[str, Any]) -> str:
    fields = [(p["name"], p["in"], True, p["schema"]) for p in operation.get("parameters", ())]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        fields += [(name, "body", name in schema["required"], of) for name, of in schema["properties"].items()]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{where if needed else f'{where}, optional'}</td>"
        f"<td>{escape(_said(of))}</td></tr>"
        for name, where, needed, of in fields
    )
    answers = "".join(f"<tr><th>{s}</th><td>{escape(a['description'])}</td></tr>" for s, a in operation["responses"].items())
    inputs = f"<table>{rows}</table>" if rows else ""
    head = f"<h2>{method.upper()} {escape(path)}</h2><p>{escape(operation['summary'])}.</p>"
    return f"{head}{inputs}<table>{answers}</table>"


def _said(schema: Mapping[str, Any]) -> str:
    """A field's schema in words."""
    allowed = "one of " + ", ".join(schema["enum"]) if "enum" in schema else ""
    return "; ".join(filter(None, (allowed, schema.get("description", "")))) or "text"
