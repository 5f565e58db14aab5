"""Records to JSON and back, exactly: Decimals and instants as text, by the record's own type hints."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from otc.money import plain

Record = TypeVar("Record")


def to_json(record: object) -> str:
    """Write a record as compact JSON; the same record always gives the same bytes."""
    return json.dumps(_simple(record), ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)


def from_json(text: str, wanted: type[Record]) -> Record:
    """Read back what `to_json` wrote."""
    read: Record = _typed(json.loads(text), wanted)
    return read


def _simple(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _simple(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()  # one instant is one text, whatever zone it was written in
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _simple(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_simple(item) for item in value]
    return value


def _typed(value: Any, wanted: Any) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return None if value is None else _typed(value, next(a for a in get_args(wanted) if a is not type(None)))
    if origin is tuple:
        kinds = get_args(wanted)
        each = [kinds[0]] * len(value) if kinds[1:] in ((), (...,)) else kinds
        return tuple(_typed(item, kind) for item, kind in zip(value, each, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _typed(item, get_args(wanted)[1]) for key, item in value.items()}
    if is_dataclass(wanted):
        hints = get_type_hints(wanted)
        return wanted(**{name: _typed(item, hints[name]) for name, item in value.items()})  # type: ignore[operator]  # a class
    if wanted in (datetime, date):
        return wanted.fromisoformat(value)
    if wanted is Decimal or (isinstance(wanted, type) and issubclass(wanted, Enum)):
        return wanted(value)
    return value
