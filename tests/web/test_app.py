"""The routes within the app as a person starts it: beside Streamlit's own, and over when the process is asked to end."""

import json
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from otc.bootstrap import init_store
from tests.builders import ROOT
from tests.conftest import running_desk

KEY = {"X-API-Key": "of the environment"}


def test_the_app_serves_the_routes_and_stops_with_a_stream_open(tmp_path: Path):
    store = tmp_path / "desk.duckdb"
    init_store(store, ROOT / "config")
    with running_desk(store, tmp_path / "desk.log", {"OTC_API_KEY": KEY["X-API-Key"]}) as desk:
        connection = HTTPConnection("127.0.0.1", urlsplit(desk.url).port or 0, timeout=20)
        told = {}
        for path in ("/api/params", "/api/nothing", "/healthz", "/openapi.json"):
            connection.request("GET", path, headers=KEY)
            answer = connection.getresponse()
            told[path] = answer.status, json.loads(answer.read())
        assert [status for status, _ in told.values()] == [200, 404, 200, 200]
        assert told["/api/nothing"][1]["error"].startswith("There is nothing at /api/nothing")
        connection.request("GET", "/api/prices?pair=BTC/USD&size=1", headers=KEY)
        stream = connection.getresponse()
        assert (stream.status, stream.readline()[:6]) == (200, b"event:")
        began = time.monotonic()
    took = time.monotonic() - began
    assert took < 6, f"the process took {took:.1f} s to end"
    assert stream.read().endswith(b"\n\n"), "the stream was ended, not cut off"
    connection.close()
    assert b"Traceback" not in (tmp_path / "desk.log").read_bytes()
