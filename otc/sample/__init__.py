"""The sample year: one seed -> the desk's trades of 2024, each lived through rails, chains, calendars and faults.

    days --> deals --> landing --> outcomes --> rows --> files        findings measures what came out
    (when)   (what)    (when each  (what went   (31      (CSV)
                        leg lands)  wrong, why)  columns)

Everything is integers, Decimal and BLAKE2b, so that one seed gives the same bytes on every machine and Python.
"""

from datetime import UTC, datetime
from typing import Final

SAMPLE_INSTANT: Final = datetime(2025, 1, 2, 1, 0, tzinfo=UTC)
"""Thursday 2 January 2025 09:00 in Asia/Makassar: the moment as of which the sample's outcomes stand."""

DEFAULT_SEED: Final = 2024
DEFAULT_TRADES: Final = 5968
