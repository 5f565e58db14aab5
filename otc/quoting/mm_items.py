"""The words and figures of a line put together: prices both ways, sizes, times, fees, and what the words around them say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from otc.quoting.mm_numbers import MAGNITUDES, Figure
from otc.quoting.mm_words import MONTHS, SECONDS, SLASHES, Token, asset_of

_STOPS: Final = frozenset(",;.!()\u2026")
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)(?::([0-5]\d))?")
_ZONES: Final = {
    "wib": "Asia/Jakarta",
    "wita": "Asia/Makassar",
    "wit": "Asia/Jayapura",
    "sgt": "Asia/Singapore",
    "utc": "UTC",
    "gmt": "UTC",
}
_AMOUNTS: Final = frozenset("yard yards mio juta jt miliar milyar million billion ribu sejuta semiliar semilyar seyard".split())
_LASTING: Final = ("valid", "good")
_PRICE_DIGITS: Final = 5  # so many before an `s` are a price to sell at, no seconds
_WITHIN: Final = ("in",)
_HOLDS: Final = frozenset(
    "good gd only just cuma hanya stand stands last lasts live active hold holds time timer window waktu durasi duration".split()
) | {*MAGNITUDES, *SECONDS}
_NOISE: Final = frozenset({"word", "filler", "odd", "time", "sign", "jam"})
_NONE: Final = Figure("")
_NO_TOKEN: Final = Token("", "", False)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a line says.

    Kinds beside the words' own: `number` (`keyword` is the word it follows), `two_way`, `tangle` (three figures in a row),
    `lasting` (seconds), `deadline` (clock and zone in `text`), `rate` (a share of the price in `amount`), `unclear` (2m:
    minutes or millions?), `garbled` (a figure with letters tied to it).
    """

    kind: str
    text: str = ""
    figure: Figure = _NONE
    second: Figure = _NONE
    amount: Decimal = Decimal(0)
    keyword: str = ""


BREAK: Final = Item("stop", "\n")


def items_of(tokens: Sequence[Token], assets: frozenset[str]) -> list[Item]:
    """Everything a line says, in its order; words without a meaning here are left out."""
    return list(_Line(tokens, assets).items())


@dataclass
class _Line:
    tokens: Sequence[Token]
    assets: frozenset[str]
    at: int = 0
    keyword: str = ""
    currency: str = ""
    side_open: bool = False

    def items(self) -> Iterator[Item]:
        """The items of the line, in the order in which they stand."""
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            made = self._item(token)
            if made:
                self.side_open = made.kind in ("bid", "ask") or (self.side_open and made.kind not in ("number", "two_way"))
                yield made
            if token.kind in ("size", "for", "good", "upto", "min", "valid", "until"):
                self.keyword = token.kind
            elif token.kind not in ("filler", "rupiah", "dollar", "jam") and token.text not in ":=@$~.":
                self.keyword = ""
            if token.kind not in ("rupiah", "dollar") and token.text not in "$.":
                self.currency = ""

    def _item(self, token: Token) -> Item | None:
        if token.kind == "figure":
            return self._number()
        self.at += 1
        if token.kind == "time":
            return self._clock(token.text)
        if token.kind in ("asset", "dollar", "other"):
            return self._named(token)
        if token.kind == "sign":
            return self._sign(token.text)
        if token.kind == "at_us":  # beside its verb it has turned the side already; behind the price it leaves it open
            return None if self.side_open else Item("unsure", token.text)
        if token.kind == "garbled":
            return Item("garbled" if len(token.text) > 2 else "unclear", token.text + self._peek(0).text)
        if token.kind == "rupiah":
            self.currency = "IDR"
            return None
        unfigured = token.word in _AMOUNTS
        return Item("unclear", token.text) if unfigured else None if token.kind in _NOISE else Item(token.kind, token.text)

    def _sign(self, sign: str) -> Item | None:
        if sign == "$":
            self.currency = "USD"
        if sign == "?":
            return Item("asked", sign)
        if sign in ("<", ">") and self._peek(0).kind == "figure":
            return Item("not", sign)
        after_currency = sign == "." and self.currency
        return Item("stop", sign) if sign in _STOPS and not after_currency else None

    def _named(self, token: Token) -> Item | None:
        """An asset, alone or as a pair; a pair that is not in rupiah is `other`."""
        base = asset_of(token.text, self.assets)
        against = self._peek(1)
        if self._peek(0).text in ("/", "-") and against.kind in ("rupiah", "dollar", "asset", "other") and self._peek(0).glued:
            self.at += 2
            if base and against.kind == "rupiah":
                return Item("asset", base)
            return Item("other", f"{token.text}/{against.text}".upper())
        if token.kind == "dollar":
            self.currency = "USD"
            return Item("dollar", token.text)
        return Item("asset", base) if base else Item("other", token.text.upper())

    def _peek(self, ahead: int) -> Token:
        at = self.at + ahead
        return self.tokens[at] if 0 <= at < len(self.tokens) else _NO_TOKEN

    def _clock(self, text: str) -> Item | None:
        """A time of day, already passed over, counts behind `until`; elsewhere it is when something was said."""
        bare = text.lower().rstrip("apm")
        half = text.lower()[len(bare) :]
        found = _CLOCK.match(f"{bare}:00" if bare.isdigit() else bare)
        if self.keyword != "until" or not found:
            return None
        hour, rest = int(found[1]), ":".join(part for part in found.groups()[1:] if part)
        if not half and self._peek(0).word in ("am", "pm"):
            half = self._peek(0).word
            self.at += 1
        hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
        zone = _ZONES.get(self._peek(0).word, "")
        return Item("deadline", f"{hour:02d}:{rest} {zone}".strip())

    def _number(self) -> Item | None:
        start = self.at
        figure = self._figure()
        told = self._time_or_share(figure, start)
        if told:
            return told if told.kind else None
        if self._next_is_price():
            return self._both(figure, start)
        if self._peek(0).kind == "coins":
            self.at += 1
            return Item("number", self._text(start), figure, keyword="size")
        figure = self._with_unit(figure)
        return self._least(figure, start)

    def _least(self, figure: Figure, start: int) -> Item:
        """A lone figure; in `10k min 500k` the first or the second may be the least."""
        before = self._peek(0).kind == "min"
        if before and self._peek(1).kind != "figure":
            return Item("number", self._text(start), figure, keyword="min")
        torn = before and not self.keyword and (figure.magnitude or figure.currency)
        return Item("unclear" if torn else "number", self._text(start), figure, keyword=self.keyword)

    def _figure(self) -> Figure:
        """The figure here with its magnitude; `at` then stands behind them."""
        token, after = self._peek(0), self._peek(1)
        self.at += 1
        digits = re.sub(r"[ \u00a0\u202f']", "", token.text).removesuffix(",-").removesuffix(".-")
        digits = f"0{digits}" if digits.startswith(".") else digits
        word = after.word
        magnitude = word if word in MAGNITUDES and (after.glued or word not in ("b", "mm")) else ""
        self.at += bool(magnitude)
        spaced = sum(token.text.count(blank) for blank in " \u00a0\u202f") == 1
        return Figure(digits, magnitude, self.currency, spaced)

    def _time_or_share(self, figure: Figure, start: int) -> Item | None:
        """A duration, a share of the price, a clock or a date in place of a number; an item without kind says nothing."""
        if figure.magnitude:
            return self._millions_or_minutes(figure, start)
        after = self._peek(0)
        if after.kind == "percent" or after.text == "%":
            return self._share(figure, start)
        if after.word in SECONDS and len(figure.digits) < _PRICE_DIGITS and figure.mantissas() and not self._is_minimum(after):
            self.at += 1
            seconds = figure.mantissas()[0] * SECONDS[after.word]
            kind = "lasting" if self._stands(start) else "unclear"
            return Item(kind, self._text(start), amount=seconds, keyword=self.keyword)
        if self._is_no_amount(figure, start):
            return Item("")
        before = self.tokens[start - 1] if start else _NO_TOKEN
        if _CLOCK.fullmatch(figure.digits) and (self.keyword == "until" or before.word in ("jam", "pukul")):
            return self._clock(figure.digits) or Item("")
        return Item("unclear", self._text(start)) if self.keyword == "valid" else None

    def _stands(self, start: int) -> bool:
        """Whether a duration is how long the rate stands: behind a word that dealers use for nothing it may be anything."""
        before = self.tokens[start - 1] if start else _NO_TOKEN
        if before.word in _WITHIN and self.keyword == "for":
            return False
        return before.kind != "word" or bool(self.keyword) or before.word in _HOLDS

    def _millions_or_minutes(self, figure: Figure, start: int) -> Item | None:
        if figure.magnitude != "m" or not figure.digits.isdigit() or self.keyword not in _LASTING:
            return None
        if self.keyword == "valid":
            return Item("lasting", self._text(start), amount=Decimal(figure.digits) * 60)
        return Item("unclear", self._text(start)) if self.tokens[start + 1].text == "m" else None

    def _share(self, figure: Figure, start: int) -> Item:
        step = Decimal("0.0001") if self._peek(0).word in ("bps", "bp") else Decimal("0.01")
        self.at += 1
        values = figure.mantissas()
        return Item("rate", self._text(start), amount=min(values) * step) if values else Item("unclear", self._text(start))

    def _is_no_amount(self, figure: Figure, start: int) -> bool:
        """A day before its month, an account's digits, the one coin in `1 USDT = 15,850`."""
        after, before = self._peek(0), [token.kind for token in self.tokens[max(0, start - 2) : start]]
        if after.word in MONTHS and figure.digits.isdigit() and len(figure.digits) < 3:
            self.at += 1 + (self._peek(1).kind == "figure" and len(self._peek(1).text) == 4)
            return True
        if figure.digits == "1" and after.kind == "asset" and self._peek(1).text == "=":
            return True
        named = before[-1:] == ["account"] or before == ["account", "word"]
        return named and figure.digits.isdigit() and len(figure.digits) > 5

    def _is_minimum(self, after: Token, ahead: int = 0) -> bool:
        return after.word == "min" and not after.glued and self._peek(ahead + 1).kind == "figure"

    def _next_is_price(self) -> bool:
        """Whether a slash or dash and another price follow."""
        if self._peek(0).kind != "sign" or self._peek(0).text not in SLASHES:
            return False
        ahead = 1 + self._skips_currency(1)
        unit = self._peek(ahead + 1)
        lasts = unit.word in SECONDS and not self._is_minimum(unit, ahead + 1)
        return self._peek(ahead).kind == "figure" and not lasts and unit.kind != "percent" and unit.text != "%"

    def _skips_currency(self, ahead: int) -> int:
        if self._peek(ahead).kind != "rupiah":
            return 0
        return 2 if self._peek(ahead + 1).text == "." else 1

    def _both(self, first: Figure, start: int) -> Item:
        self.at += 1 + self._skips_currency(1)
        second = self._figure()
        if first.magnitude and second.magnitude and self.keyword in ("size", "for", "good", "upto"):
            return Item("number", self._text(start), self._with_unit(second), keyword="size")
        tangled = False
        while self._next_is_price():
            tangled = True
            self.at += 1 + self._skips_currency(1)
            self._figure()
        return Item("tangle" if tangled else "two_way", self._text(start), first, second, keyword=self.keyword)

    def _with_unit(self, figure: Figure) -> Figure:
        """The figure with the coin or currency right behind it; the coin's name also stays an item of its own."""
        after = self._peek(0)
        if after.kind == "asset" and not (self._peek(1).text == "/" and self._peek(2).kind in ("rupiah", "dollar", "asset")):
            return replace(figure, currency=asset_of(after.text, self.assets))
        if after.kind == "measure":
            self.at += 1
            return replace(figure, currency="PAXG" if after.word in ("oz", "ons") else "?")
        if after.kind in ("rupiah", "dollar"):
            self.at += 1
            return replace(figure, currency="IDR" if after.kind == "rupiah" else "USD")
        return figure

    def _text(self, start: int) -> str:
        parts = [("" if token.glued or not n else " ") + token.text for n, token in enumerate(self.tokens[start : self.at])]
        return "".join(parts).strip()
