"""How long a venue wants to be left alone, from the headers of its answer."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

_DIGITS: Final = 9
"""Of a number of seconds; more of them mean for ever either way."""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that a venue wants to be left alone: given as such, or as an instant against its own Date; None if unsaid."""
    said = {name.lower(): value for name, value in headers.items()}
    wanted = said.get("retry-after", "")
    if wanted.isascii() and wanted.isdigit():
        return float(wanted[:_DIGITS])
    try:
        return (parsedate_to_datetime(wanted) - parsedate_to_datetime(said.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
