"""Chance that is the same everywhere: BLAKE2b of (seed, labels) read as whole numbers.

Each thing that chance decides has its own labels, so adding a draw for one trade moves no other trade. The standard
library's distributions go through the machine's libm and may change between versions; this may not.
"""

from bisect import bisect_right
from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate
from struct import Struct
from typing import Final, Generic, TypeVar

T = TypeVar("T")
RANGE_BITS: Final = 32
RANGE: Final = 1 << RANGE_BITS
"""A word is uniform on 0..RANGE-1."""

_WORDS: Final = Struct("<16I")


class Draws:
    """A stream of draws for one labelled thing; equal seed and labels give equal draws."""

    __slots__ = ("_block", "_key", "_left", "_words")

    def __init__(self, seed: int, label: str, number: int = 0) -> None:
        self._key = f"{seed}/{label}/{number}/"
        self._block = 0
        self._words: tuple[int, ...] = ()
        self._left = 0

    def word(self) -> int:
        """A whole number uniform on 0..2^32-1."""
        if not self._left:
            digest = blake2b(f"{self._key}{self._block}".encode(), digest_size=64).digest()
            self._words, self._left = _WORDS.unpack(digest), 16
            self._block += 1
        self._left -= 1
        return self._words[self._left]

    def below(self, bound: int) -> int:
        """A whole number uniform on 0..bound-1; bound at most 2^32."""
        return self.word() * bound >> RANGE_BITS

    def between(self, low: int, high: int) -> int:
        """A whole number uniform on low..high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, per_thousand: int) -> bool:
        """True so many times in a thousand."""
        return self.below(1000) < per_thousand

    def pick(self, weighted: "Weighted[T]") -> T:
        """One of the things, as often as its weight says."""
        return weighted.at(self.below(weighted.total))


class Weighted(Generic[T]):
    """Things with whole weights, ready to be picked from."""

    __slots__ = ("_bounds", "_things", "total")

    def __init__(self, things: Sequence[T], weights: Sequence[int]) -> None:
        self._things = tuple(things)
        self._bounds = tuple(accumulate(weights))
        self.total = self._bounds[-1]

    def at(self, point: int) -> T:
        """The thing that covers `point`, 0 <= point < total."""
        return self._things[bisect_right(self._bounds, point)]
