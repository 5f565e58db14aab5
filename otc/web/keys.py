"""Who asks: a key is needed for all that prices or books, and the user it belongs to is the one who did it."""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from starlette.exceptions import HTTPException

from otc.config import User

KEY_VARIABLE: Final = "OTC_API_KEY"
KEY_USER: Final = "api"
_HOW_TO_SET: Final = (
    f"This desk has no key yet: start it with {KEY_VARIABLE} set to one, or give a user of desk.yaml the SHA-256 of theirs"
    " as key_sha256 (printf %s KEY | sha256sum)."
)
_HOW_TO_GIVE: Final = "Send your key as `Authorization: Bearer KEY` or as `X-API-Key: KEY`."


def actor_of(headers: Mapping[str, str], users: Sequence[User], environment: Mapping[str, str]) -> str:
    """The user whose key the headers bring. HTTPException 401, with how to send or set a key, where they bring none."""
    known = [(user.id, user.key_sha256.lower()) for user in users if user.key_sha256]
    if environment.get(KEY_VARIABLE):
        known.append((KEY_USER, _digest(environment[KEY_VARIABLE])))
    if not known:
        raise _unknown(_HOW_TO_SET)
    given = _given(headers)
    if not given:
        raise _unknown(_HOW_TO_GIVE)
    digest = _digest(given)
    # Every key is compared, so that the time taken tells nothing of where one stands.
    owners = [owner for owner, wanted in known if hmac.compare_digest(digest, wanted)]
    if not owners:
        raise _unknown(f"Nobody has this key. {_HOW_TO_GIVE}")
    return owners[0]


def _given(headers: Mapping[str, str]) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def _unknown(sentence: str) -> HTTPException:
    return HTTPException(401, sentence, {"WWW-Authenticate": "Bearer"})
