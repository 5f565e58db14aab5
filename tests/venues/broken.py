"""Broken answers of every kind, drawn from a venue's real one: cut, garbled, replaced, or spoiled somewhere in its tree."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.venues.wire import Said

WHOLE = [
    "",
    "null",
    "true",
    "0",
    '""',
    "[]",
    "{}",
    "[[]]",
    "<html><body>Access denied</body></html>",
    "[" * 5000,
    '{"code":0}',
    "\x00",
]
ODD: list[Any] = [
    None,
    True,
    False,
    -1,
    0,
    "",
    "-1",
    "0",
    "abc",
    "NaN",
    "-Infinity",
    "1e400",
    "1e-400",
    "1_0",
    " 1",
    "١",
    [],
    {},
    [[]],
]
ODD += [10**30, "9" * 40, "0x10", "1,5", {"price": "1"}, ["1"], "0.0000000000000000001", float("inf"), float("nan"), 1.5]
HEADERS = [{}, {"Content-Type": "text/html"}, {"Content-Type": "application/octet-stream"}, {"retry-after": "3"}]
STATUSES = [200, 200, 200, 200, 204, 301, 400, 403, 404, 418, 429, 500, 502, 503]


def spots(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a JSON tree, as its holder and key."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, child in list(items) for place in [(tree, key), *spots(child)]]


@st.composite
def broken(draw: st.DrawFn, body: str) -> Said:
    """One answer that is in some way not what a venue sends; by chance it may still be a sound book."""
    kind = draw(st.sampled_from(["whole", "cut", "garbled", "doubled", "spoiled", "spoiled", "lost", "reversed", "mixed"]))
    if kind == "whole":
        text = draw(st.sampled_from(WHOLE))
    elif kind == "cut":
        text = body[: draw(st.integers(0, len(body) - 2))]
    elif kind == "garbled":
        at, end = sorted(draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
        text = body[:at] + draw(st.text(max_size=8)) + body[min(end, at + 8) :]
    elif kind == "doubled":
        at = draw(st.integers(0, len(body)))
        text = body[:at] + body[at - 40 : at] + body[at:]
    else:
        text = json.dumps(_spoiled(draw, json.loads(body), kind))
    return Said(text, draw(st.sampled_from(STATUSES)), draw(st.sampled_from(HEADERS)), "", object())


def _spoiled(draw: st.DrawFn, tree: Any, kind: str) -> Any:
    places = spots(tree)
    holder, key = draw(st.sampled_from(places))
    if kind == "spoiled":
        holder[key] = draw(st.sampled_from(ODD))
    elif kind == "lost":
        del holder[key]
    elif kind == "reversed":
        lists = [holder[key] for holder, key in places if isinstance(holder[key], list)]
        draw(st.sampled_from(lists)).reverse()
    else:
        other, place = draw(st.sampled_from(places))
        holder[key] = json.loads(json.dumps(other[place]))
    return tree
