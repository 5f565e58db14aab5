"""How many examples a property is tried on: the few of every run, or, under `make soak`, many times as many."""

import os
from typing import Final

SOAK: Final = int(os.environ.get("SOAK", "0"))
"""By how much; 0 in a usual run."""


def examples(usual: int) -> int:
    """The examples of this run for a property that usually gets `usual`."""
    return usual * max(1, SOAK)
