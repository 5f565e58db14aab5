"""Answers as JSON holds them: amounts as text, instants ISO 8601 in the zone of whoever reads."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from otc.clock import iso
from otc.money import plain


def written(value: Any, zone: ZoneInfo) -> Any:
    """A structure with its Decimals, instants and days as text; whole numbers, truth values and None stay as they are."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value, zone)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): written(item, zone) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [written(item, zone) for item in value]
    return value
