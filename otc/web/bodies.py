"""A request's JSON, read strictly: every number exactly as it was written, every field by its name, none too many."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NoReturn
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request

from otc.clock import parse_instant
from otc.errors import BadNumber, Refused
from otc.money import parse

LARGEST_BODY_BYTES: Final = 64_000
LONGEST_TEXT: Final = 500


class _Number(str):
    """A number as its digits stood in the JSON: it never becomes a float."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a request; Refused names the one that is missing or wrong."""

    fields: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.fields.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text of up to 500 characters; without a default it has to be there."""
        value = self._given(name, default)
        if not isinstance(value, str) or isinstance(value, _Number):
            raise Refused(f"{name} is no text; write it in quotes.", name)
        if len(value) > LONGEST_TEXT:
            raise Refused(f"{name} has {len(value)} characters; {LONGEST_TEXT} are allowed.", name)
        if not value.isprintable():
            raise Refused(f"{name} holds signs that cannot be printed; leave them out.", name)
        return value.strip()

    def amount(self, name: str) -> Decimal:
        """A number, written as text or as a JSON number, exact."""
        value = self._given(name, None)
        if not isinstance(value, str):
            raise Refused(f'{name} is no number; write it like "1234567.89".', name)
        try:
            return parse(value)
        except BadNumber as error:
            raise Refused(f"{name}: {error}", name) from None

    def choice(self, name: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of a few words, in capitals or not."""
        value = self.text(name, default)
        found = next((word for word in allowed if word.lower() == value.lower()), None)
        if found is None:
            raise Refused(f"{name} is {value!r}; allowed are {', '.join(allowed)}.", name)
        return found

    def instant(self, name: str, zone: ZoneInfo) -> datetime:
        """An ISO 8601 time; one without an offset is in the desk's zone."""
        try:
            return parse_instant(self.text(name), zone)
        except Refused as error:
            raise Refused(f"{name}: {error}", name) from None

    def _given(self, name: str, default: str | None) -> Any:
        value = self.fields.get(name)
        if value is not None:
            return value
        if default is None:
            raise Refused(f"{name} is missing.", name)
        return default


async def content_of(request: Request) -> bytes:
    """The bytes that a request brings; HTTPException 413 once they are too many, declared or not."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST_BODY_BYTES:
            raise HTTPException(413, f"The body is larger than {LARGEST_BODY_BYTES:,} bytes, the most that is read.")
    return bytes(content)


def read_body(content: bytes, declared: str, allowed: Collection[str], *, optional: bool = False) -> Body:
    """The JSON object of a request that declares its type. HTTPException 400 or 415 where it is none; Refused for a wrong field.

    `optional` takes an empty body for an empty object.
    """
    if optional and not content.strip():
        return Body({})
    kind = declared.partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, f"The body is {kind or 'of no declared type'}; send JSON, as application/json.")
    return body_of(content, allowed)


def body_of(content: bytes, allowed: Collection[str]) -> Body:
    """The object that some bytes hold as JSON. HTTPException 400 where they hold none; Refused for an unknown field."""
    try:
        read = json.loads(
            content.decode("utf-8"),
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_no_constant,
            object_pairs_hook=_once,
        )
    except (ValueError, RecursionError) as error:
        where = f" ({error.msg} at character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else ""
        raise HTTPException(400, f"The body is not JSON{where}.") from None
    if not isinstance(read, dict):
        raise HTTPException(400, "The body is no JSON object; write its fields in braces.")
    for name in read:
        if name not in allowed:
            words = f"{name[:40]!r} is no field here; allowed are {', '.join(allowed)}."
            raise Refused(words, name[:40] if name.isprintable() else "")
    return Body(read)


def _no_constant(name: str) -> NoReturn:
    raise HTTPException(400, f"The body is not JSON ({name} is no number there).")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object as a dict; JSON would take the last of two fields of one name, the desk asks."""
    read = dict(pairs)
    if len(read) < len(pairs):
        raise HTTPException(400, "The body is not clear: a field stands twice in it.")
    return read
