"""Ids that come from content: the same content has the same id, so a replay changes nothing."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

_SEPARATOR: Final = "\x1f"
_ESCAPE: Final = "\x1e"
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def content_id(*parts: str) -> str:
    """24 hexadecimal digits of BLAKE2b over the parts; no two different lists of parts are joined alike."""
    return blake2b(_joined(parts), digest_size=12).hexdigest()


def order_id(*parts: str) -> str:
    """32 hexadecimal digits of BLAKE2b over the parts: the one form that every venue takes as a client's order id."""
    return blake2b(_joined(parts), digest_size=16).hexdigest()


def _joined(parts: Sequence[str]) -> bytes:
    """The parts with a separator between them; where a part holds a sign of ours itself, it is escaped."""
    text = _SEPARATOR.join(parts)
    if _ESCAPE in text or text.count(_SEPARATOR) >= max(1, len(parts)):
        text = _SEPARATOR.join(part.replace(_ESCAPE, _ESCAPE * 2).replace(_SEPARATOR, _ESCAPE + "s") for part in parts)
    return text.encode()


def booked_trade_id(local_date: str, *content: str) -> str:
    """`OTC-<yyyymmdd>-<six letters of its content>`: letters that are not mistaken for one another when read aloud."""
    digest = int.from_bytes(blake2b(_joined(content), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(6):
        digest, place = divmod(digest, len(_ALPHABET))
        letters += _ALPHABET[place]
    return f"OTC-{local_date.replace('-', '')}-{letters}"
