"""What market makers wrote in chat on its way into the pricer's fields: who it is of, which of several counts, answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from otc.money import Style, grouped, multiply, plain
from otc.quoting.mm_rates import Question, QuotedRate

_QUOTED: Final = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_SIDES: Final = ("bid", "offer")


# ---------------------------------------------------------------- answers


def rewritten(text: str, question: Question, anew: str) -> str:
    """The paste with the first line of a question written anew."""
    lines = text.splitlines()
    lines[question.line - 1] = anew
    return "\n".join(lines)


def answered(text: str, question: Question, choice: str) -> str:
    """The paste as it would have been written had it said the chosen reading; it is then read again like any other.

    A coin or a side is put before the figures, a figure in the place of the one that was doubtful, of two times one is left.
    """
    line = text.splitlines()[question.line - 1]
    return rewritten(text, question, _answered_line(line, question, choice))


def _answered_line(line: str, question: Question, choice: str) -> str:
    others = [other for other in question.choices if other != choice]
    if "/" in choice and choice.split("/")[1] == "IDR":
        return _before_figures(line, choice.split("/")[0])
    if choice in _SIDES:
        return _before_figures(line, choice)
    if choice in line and others and all(other in line for other in others):
        for other in others:
            line = line.replace(other, " ")
        return line
    doubtful = next((found[1] or found[2] for found in _QUOTED.finditer(question.question)), "")
    if doubtful and line.count(doubtful) == 1:
        return line.replace(doubtful, choice.replace(",", "") if " / " in choice or choice not in line else choice)
    return line


def _before_figures(line: str, word: str) -> str:
    """A word put behind the sender's name, where there is one."""
    head, colon, rest = line.rpartition(": ")
    return f"{head}{colon}{word} {rest}"


# ---------------------------------------------------------------- which rate fills which field


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much is asked for; one of both, or neither yet."""

    size: Decimal | None = None
    rupiah: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """What one field is to hold, and on what terms."""

    market_maker: str
    pair: str
    text: str
    valid_s: int | None
    indicative: bool
    size: str
    rates: tuple[QuotedRate, ...]


def owned(rates: Iterable[QuotedRate], whose: Mapping[str, str]) -> list[QuotedRate]:
    """The rates with the market makers that a person named for senders who are not known."""
    return [
        rate if rate.known or who_key(rate) not in whose else replace(rate, market_maker=whose[who_key(rate)], known=True)
        for rate in rates
    ]


def who_key(rate: QuotedRate) -> str:
    """The sender as written, or the message where nobody signed it."""
    return rate.market_maker or rate.text


def filled(rates: Sequence[QuotedRate], wanted: Wanted, style: Style) -> list[Filled]:
    """What each market maker's field of each pair is to hold; of several rates the smallest that covers what is asked for."""
    places = dict.fromkeys((rate.market_maker, rate.pair) for rate in rates if rate.known)
    return [_filled([r for r in rates if (r.market_maker, r.pair) == place], wanted, style) for place in places]


def _filled(rates: Sequence[QuotedRate], wanted: Wanted, style: Style) -> Filled:
    bid = _best_fit([rate for rate in rates if rate.bid is not None], wanted)
    ask = _best_fit([rate for rate in rates if rate.ask is not None], wanted)
    used = tuple(dict.fromkeys(rate for rate in (bid, ask) if rate is not None))
    times = [rate.valid_s for rate in used if rate.valid_s is not None]
    sized = next((rate for rate in used if rate.size is not None), None)
    return Filled(
        used[0].market_maker,
        used[0].pair,
        f"{_figure(bid.bid if bid else None, style)}/{_figure(ask.ask if ask else None, style)}",
        min(times, default=None),
        any(rate.indicative for rate in used),
        f"{plain(sized.size)} {sized.size_currency}" if sized is not None and sized.size is not None else "",
        used,
    )


def _figure(price: Decimal | None, style: Style) -> str:
    return "" if price is None else grouped(price, len(plain(price).partition(".")[2]), style)


def _best_fit(rates: Sequence[QuotedRate], wanted: Wanted) -> QuotedRate | None:
    enough = [rate for rate in rates if covers(_good_for(rate), _price(rate), wanted)]
    sized = sorted(enough, key=lambda rate: (rate.size is None, rate.size or Decimal(0)))
    return next(iter(sized), rates[-1] if rates else None)


def _price(rate: QuotedRate) -> Decimal:
    return next(price for price in (rate.ask, rate.bid) if price is not None)


def _good_for(rate: QuotedRate) -> tuple[Decimal, str] | None:
    return None if rate.size is None else (rate.size, rate.size_currency)


def covers(good_for: tuple[Decimal, str] | None, price_idr: Decimal, wanted: Wanted) -> bool:
    """Whether what a rate is good for is as much as is asked for; an amount in dollars is taken to be enough."""
    asked = wanted.rupiah if wanted.size is None else multiply(wanted.size, price_idr)
    if good_for is None or asked is None or good_for[1] == "USD":
        return True
    size, currency = good_for
    return asked <= (size if currency == "IDR" else multiply(size, price_idr))
