"""When a failing venue may be asked again: state and instant in, state out; chance is handed in too.

closed --failures in a row--> open --time passes--> half-open: one probe --it succeeds--> closed
                               ^-------------------------- it fails, waiting longer ------'
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

_TOLERATED: Final = 2
"""Failures in a row that change nothing: a lost packet is no outage."""
_BASE_S: Final = 1.0
_LONGEST_S: Final = 60.0
_STOP_S: Final = 60.0
"""Silence after a 418 or 429 that does not say how long."""
_LONGEST_STOP_S: Final = 3 * 86_400.0
"""The longest ban that venues publish; a Retry-After beyond it is a mistake."""

Phase = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is remembered of one venue: failures in a row, and until when it is left alone."""

    failures: int = 0
    open_until: datetime | None = None

    def phase(self, now: datetime) -> Phase:
        """Closed: ask freely; open: do not ask; half-open: one question decides."""
        if self.open_until is None:
            return "closed"
        return "open" if now < self.open_until else "half_open"


CLOSED: Final = Breaker()


def failed(before: Breaker, now: datetime, draw: float, *, stop: bool = False, retry_after_s: float | None = None) -> Breaker:
    """After a failure at `now`: the wait is full jitter, `draw` (0 to 1) of a bound that doubles, and never under Retry-After.

    `stop` opens at once, for at least what the venue asks for or a minute.
    """
    failures = before.failures + 1
    asked = _believed(retry_after_s)
    if stop:
        silence = _STOP_S if asked is None else max(asked, _BASE_S)
        return Breaker(failures, now + timedelta(seconds=silence + draw))
    if asked is None and failures <= _TOLERATED:
        return Breaker(failures)
    doublings = min(max(failures - _TOLERATED - 1, 0), 16)
    wait = draw * min(_LONGEST_S, _BASE_S * 2**doublings)
    return Breaker(failures, now + timedelta(seconds=max(wait, asked or 0.0)))


def _believed(retry_after_s: float | None) -> float | None:
    """A Retry-After that can be meant: not negative, not for ever, not no number."""
    if retry_after_s is None or not retry_after_s >= 0:
        return None
    return min(retry_after_s, _LONGEST_STOP_S)
