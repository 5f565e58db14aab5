"""Who may ask: a key is needed for all that prices or books, and what it does is done in its user's name."""

from hashlib import sha256
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException

from otc.config import User, load
from otc.errors import ConfigError
from otc.web.keys import actor_of
from tests.builders import ROOT
from tests.web.served import KEY, Served, served

QUOTE = {"pair": "USDT/IDR", "tier": "A", "size": "1000", "mm_rate": "15800"}
CLOSED = (
    ("POST", "/api/quote"),
    ("POST", "/api/rfq"),
    ("GET", "/api/rfq/abc"),
    ("POST", "/api/rfq/abc/accept"),
    ("POST", "/api/rfq/abc/refuse"),
    ("POST", "/api/rfq/abc/withdraw"),
    ("GET", "/api/params"),
    ("GET", "/api/prices?pair=BTC/USD&size=1"),
)


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_nothing_is_priced_or_booked_without_a_key(desk: Served, method: str, path: str):
    for key in (None, "not the key", KEY.upper(), f"{KEY}x", "ké"):
        status, told = desk.ask(method, path, QUOTE if method == "POST" else None, key=key and key.encode().decode("latin-1"))
        assert status == 401
        assert "X-API-Key" in told["error"]


def test_both_headers_carry_a_key(desk: Served):
    for headers in ({"Authorization": f"bearer {KEY}"}, {"X-API-Key": KEY}):
        assert desk.ask("GET", "/api/params", key=None, headers=headers)[0] == 200


def test_a_key_in_the_address_is_none(desk: Served):
    """Addresses are written into logs."""
    assert desk.ask("GET", f"/api/params?key={KEY.replace(' ', '+')}", key=None)[0] == 401


def test_a_desk_without_any_key_says_how_to_set_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OTC_API_KEY", raising=False)
    with served(tmp_path, keyed=False) as desk:
        status, told = desk.ask("POST", "/api/quote", QUOTE)
        assert (status, "OTC_API_KEY" in told["error"], "key_sha256" in told["error"]) == (401, True, True)
        monkeypatch.setenv("OTC_API_KEY", "of the environment")
        assert desk.ask("POST", "/api/quote", QUOTE)[0] == 401
        assert desk.ask("POST", "/api/quote", QUOTE, key="of the environment")[0] == 200


def test_the_environments_key_is_the_user_api_and_each_users_key_is_theirs():
    users = (User("trader-1", ("trader",), sha256(b"one").hexdigest().upper()), User("ops-1", ("operations",)))
    found = {key: actor_of({"x-api-key": key}, users, {"OTC_API_KEY": "two"}) for key in ("one", "two")}
    assert found == {"one": "trader-1", "two": "api"}
    for key in ("", "three", sha256(b"one").hexdigest()):
        with pytest.raises(HTTPException) as refused:
            actor_of({"x-api-key": key}, users, {"OTC_API_KEY": "two"})
        assert refused.value.status_code == 401


@pytest.mark.parametrize("written", ["abc", "g" * 64, "0" * 63])
def test_a_key_that_is_no_sha_256_is_refused_with_the_configuration(tmp_path: Path, written: str):
    for name in ("desk.yaml", "spreads.yaml", "rails.yaml", "counterparties.yaml"):
        text = (ROOT / "config" / name).read_text()
        (tmp_path / name).write_text(text.replace('roles: ["trader"]', f'roles: ["trader"], key_sha256: "{written}"'))
    with pytest.raises(ConfigError, match=r"desk\.yaml: users\.key_sha256: allowed is the 64 hexadecimal digits"):
        load(tmp_path)
