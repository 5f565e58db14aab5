"""Ids that come from content: the same content has the same id, so a replay changes nothing."""

from hashlib import blake2b
from typing import Final

_SEPARATOR: Final = "\x1f"
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def content_id(*parts: str) -> str:
    """24 hexadecimal digits of BLAKE2b over the parts; no two different lists of parts are joined alike."""
    return blake2b(_SEPARATOR.join(parts).encode(), digest_size=12).hexdigest()


def booked_trade_id(local_date: str, *content: str) -> str:
    """`OTC-<yyyymmdd>-<six letters of its content>`: letters that are not mistaken for one another when read aloud."""
    digest = int.from_bytes(blake2b(_SEPARATOR.join(content).encode(), digest_size=8).digest(), "big")
    letters = ""
    for _ in range(6):
        digest, place = divmod(digest, len(_ALPHABET))
        letters += _ALPHABET[place]
    return f"OTC-{local_date.replace('-', '')}-{letters}"
