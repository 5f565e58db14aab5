"""What market makers write in chat, read into comparable rates: pure; the paste, the settings and `now` in, records out.

A paste is cut into lines with their senders (mm_senders), lines into words and figures (mm_words, mm_items), those of
one price are put together here, and each price is read within the band of its pair (mm_quotes). What has two readings is asked.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from otc.config import Settings
from otc.errors import Refused
from otc.quoting.mm_items import BREAK, Item, items_of
from otc.quoting.mm_prices import outside
from otc.quoting.mm_quotes import PRICED, Draft, Outcome, Reader, clauses_of
from otc.quoting.mm_rates import Messages, Question, QuotedRate, Unread
from otc.quoting.mm_senders import Directory, Said, Sender, said_lines
from otc.quoting.mm_words import scan

DEFAULT_PAIR: Final = "USDT/IDR"
LONGEST_LINE: Final = 2000
"""Nobody quotes in a longer one; characters."""
_STAYS: Final = ("lasting", "deadline", "until", "apart", "indicative", "unclear", "fee", "rate", "plus", "incl")
_FOR_ALL: Final = ("lasting", "deadline", "until", "apart", "indicative", "unclear")
_SIDES: Final = frozenset({"bid", "ask"})
_ENGLISH: Final = re.compile(
    r"\b(?:bid|offer|ask|good|firm|for|in|size|valid|we|you|i|up|at|max|buy|sell|buying|selling|our|only|until|till|sec|secs|min|mins|"
    r"amount)\b|\b[1-9]\d{0,2}(?:,\d{3})+\b|\$",
    re.IGNORECASE,
)
_INDONESIAN: Final = re.compile(
    r"\b(?:beli|jual|kami|kita|saya|anda|harga|kurs|juta|jt|rb|ribu|miliar|milyar|menit|detik|dtk|berlaku|sampai|pagi|siang|sore|"
    r"malam|ya|aja|saja|di|untuk|utk|buat|maks|bos|pak|bu|mas|mbak|dulu|belum|sudah|bisa|yg|dan|masih|sekarang)\b|"
    r"\b[1-9]\d{0,2}(?:\.\d{3})+\b",
    re.IGNORECASE,
)


@dataclass
class _Speaker:
    """What one sender has said so far: the asset talked of, words that wait for a price, and its prices."""

    asset: str = ""
    waiting: list[Item] = field(default_factory=list)
    unanswered: list[Unread | Question] = field(default_factory=list)
    drafts: list[int] = field(default_factory=list)
    trailed: int = 0


@dataclass
class _Paste:
    """The lines of a paste on their way into drafts; lives for one call."""

    reader: Reader
    assets: frozenset[str]
    asset: str = ""
    drafts: list[Draft] = field(default_factory=list)
    replaced: dict[int, str] = field(default_factory=dict)
    corrects: set[int] = field(default_factory=set)
    asides: list[Question | Unread] = field(default_factory=list)
    speakers: dict[str, _Speaker] = field(default_factory=dict)

    def take(self, said: Said, items: list[Item], indonesian: bool) -> None:
        """Put one line to the prices of its sender, or aside with the reason."""
        speaker = self.speakers.setdefault(said.sender.name, _Speaker())
        if any(item.kind == "withdrawn" for item in items):
            items = self._withdrawn(said, items, speaker)
            if not items:
                return
        if not self.reader.priced(items):
            if not self._attached(said, items, speaker) and not self._doubted(said, items, speaker):
                self.asides.append(Unread(said.line, said.written, "There is no price in this line."))
            return
        for piece in pieces_of(items, self.reader):
            self._price(said, piece, speaker, indonesian)

    def _withdrawn(self, said: Said, items: list[Item], speaker: _Speaker) -> list[Item]:
        """Take back the sender's earlier prices where it says so; gives what the line says after that."""
        clauses = list(clauses_of(items))
        at = next((n for n, clause in enumerate(clauses) if any(item.kind == "withdrawn" for item in clause)), None)
        if at is None or any(self.reader.priced(clause) for clause in clauses[: at + 1]):
            return items
        who = said.sender.name or "The market maker"
        for n in speaker.drafts:
            self.replaced[n] = f"{who} took this price back in line {said.line}."
        speaker.drafts.clear()
        speaker.trailed = 0
        rest = [item for clause in clauses[at + 1 :] for item in clause]
        if self.reader.priced(rest):
            return rest
        self.asides.append(Unread(said.line, said.written, f"{who} does not quote, or took its price back; ask for a new one."))
        return []

    def _doubted(self, said: Said, items: Sequence[Item], speaker: _Speaker) -> bool:
        """`salah` or `can't hold` behind a price makes it a question; whether it does, a person asks."""
        doubts = any(item.kind in ("replaces", "not") for item in items)
        if doubts and speaker.drafts:
            n = speaker.drafts[-1]
            self.drafts[n] = self.drafts[n].with_more([BREAK, Item("withdrawn", said.text)], said.written)
        return doubts and bool(speaker.drafts)

    def _attached(self, said: Said, items: list[Item], speaker: _Speaker) -> bool:
        """Words without a price: an asset for what follows, a size or a time for what stands or is to come."""
        named = {item.text for item in items if item.kind == "asset"}
        sizes = [item for item in items if item.kind == "number"]
        rest = [item for item in items if item.kind in _STAYS]
        asked = any(item.kind == "asked" for item in items)
        sides = [item for item in items if item.kind in _SIDES]
        if len({item.kind for item in sides}) == 1 and {item.kind for item in items} <= {*_SIDES, "asset", "stop"}:
            rest += sides[:1]
        talked_of = {self.drafts[n].asset for n in speaker.drafts[-1:]}
        if talked_of == {""} and sizes:
            sizes += [item for item in items if item.kind == "asset"]
        if len(named) == 1 and not (sizes and talked_of in (named, {""}) and not asked):
            speaker.asset = min(named)
            if said.sender.role == "nobody":
                self.asset = speaker.asset
            speaker.waiting += rest + [item for item in sizes if not asked]
            speaker.unanswered.append(self._unanswered(said, speaker.asset, sizes))
            return True
        if asked or len(named) > 1 or not (rest or sizes) or any(item.kind in ("other", "past", "not", "old") for item in items):
            return False
        if speaker.drafts and not sides:
            self._trail(speaker, rest, sizes, said)
        elif rest or any(item.figure.magnitude or item.keyword for item in sizes):
            speaker.waiting += rest + sizes
            speaker.unanswered.append(self._unanswered(said, speaker.asset or self.asset, sizes))
        else:
            return False
        return True

    def _unanswered(self, said: Said, asset: str, sizes: Sequence[Item]) -> Unread | Question:
        """What to say of a line that waits for a price, should none come."""
        band = self.reader.bands.get(f"{asset}/IDR")
        if band is None or not sizes:
            return Unread(said.line, said.written, "No price follows this line.")
        return Question(said.line, said.written, outside(sizes, band).sentence)

    def _trail(self, speaker: _Speaker, rest: Sequence[Item], sizes: Sequence[Item], said: Said) -> None:
        """Times hold for all of the sender's prices since the last such line, sizes and fees for its only one."""
        several = len(speaker.drafts) > 1
        since, speaker.trailed = min(speaker.trailed, len(speaker.drafts) - 1), len(speaker.drafts)
        only_one = [*sizes, *(item for item in rest if item.kind not in _FOR_ALL)]
        if several and only_one:
            self.asides.append(Question(said.line, said.written, "The line comes after several prices; to which does it belong?"))
            fees = any(item.kind in ("fee", "rate", "plus") for item in only_one)
            only_one = [Item("several", said.written)] if fees else []
        for n in speaker.drafts[since:]:
            draft = self.drafts[n]
            timed = any(item.kind in ("lasting", "deadline", "unclear") for item in draft.items)
            more = [item for item in rest if item.kind in _FOR_ALL and not (several and timed and item.kind != "indicative")]
            self.drafts[n] = draft.with_more([BREAK, *more, *only_one], said.written)

    def _price(self, said: Said, items: list[Item], speaker: _Speaker, indonesian: bool) -> None:
        """A line with a price: the other side of the sender's last one, or a price of its own."""
        named = [item.text for item in items if item.kind == "asset"]
        if not any(item.kind in (*_SIDES, *PRICED) for item in items):
            items = [*(item for item in speaker.waiting if item.kind in _SIDES), *items]
        speaker.waiting = [item for item in speaker.waiting if item.kind not in _SIDES]
        if speaker.drafts and self._completes(self.drafts[speaker.drafts[-1]], items, said):
            n = speaker.drafts[-1]
            self.drafts[n] = self.drafts[n].with_more([BREAK, *items], said.written)
            speaker.unanswered.clear()
            return
        asset = named[0] if named else speaker.asset or self.asset
        draft = Draft(said.sender, said.line, said.written, (*speaker.waiting, BREAK, *items), asset, indonesian)
        if any(item.kind == "replaces" for item in items) and speaker.drafts:
            self.corrects.add(len(self.drafts))
        speaker.unanswered.clear()
        speaker.waiting = [item for item in speaker.waiting if item.kind in _STAYS]
        if len(set(named)) == 1:
            speaker.asset = named[0]
        speaker.drafts.append(len(self.drafts))
        self.drafts.append(draft)

    def _completes(self, last: Draft, items: Sequence[Item], said: Said) -> bool:
        """Whether a line brings the side that the last price lacks."""
        if any(item.kind in PRICED for item in (*last.items, *items)):
            return False
        had = {item.kind for item in last.items} & _SIDES
        has = {item.kind for item in items} & _SIDES
        assets = {item.text for item in (*last.items, *items) if item.kind in ("asset", "other")}
        return len(had) == len(has) == 1 and had != has and len(assets) <= 1


def pieces_of(items: list[Item], reader: Reader) -> Iterator[list[Item]]:
    """A line that prices several assets, cut between them; any other line whole."""
    marks = [(n, item) for n, item in enumerate(items) if item.kind in ("asset", "other") and not _is_unit(items, n)]
    if len({item.text for _, item in marks}) < 2:
        yield items
        return
    first_price = next((n for n, item in enumerate(items) if reader.priced([Item("bid"), item])), 0)
    leads = marks[0][0] < first_price
    cuts = [n for n, _ in marks[1:]] if leads else [n + 1 for n, _ in marks[:-1]]
    parts = [items[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(items)], strict=True)]
    if not all(reader.priced(part) for part in parts):
        yield items
        return
    before = [item for item in items[: marks[0][0]] if item.kind in _FOR_ALL] if leads else []
    behind = [item for item in parts[-1] if item.kind in _FOR_ALL] if any(item.kind == "every" for item in items) else []
    yield [*parts[0], *behind]
    for part in parts[1:-1]:
        yield [*before, *part, *behind]
    yield [*before, *parts[-1]]


def _is_unit(items: Sequence[Item], n: int) -> bool:
    return n > 0 and items[n - 1].kind == "number" and items[n - 1].figure.currency == items[n].text


def read_messages(text: str, settings: Settings, now: datetime, pair: str = "", default_pair: str = DEFAULT_PAIR) -> Messages:
    """Read pasted chat into all-in rates, questions, and lines that could not be read.

    `pair` is what was asked for, where the caller knows; a message that names no asset is then read in it, else in `default_pair`
    if its band fits: the record says so. A rate with a doubtful size or time comes without it, and with the question.
    Refused where `pair` is none of desk.yaml.
    """
    if pair and pair not in settings.desk.pairs:
        raise Refused(f"{pair!r} is no pair of the desk; choose {', '.join(settings.desk.pairs)}.", "pair")
    assets = frozenset(name.split("/")[0] for name in settings.desk.pairs)
    directory = Directory(settings.counterparties, settings.desk.name, assets)
    lines = [(said, items_of(scan(said.text[:LONGEST_LINE], assets), assets)) for said in said_lines(text, directory)]
    named = frozenset(item.text for _, items in lines for item in items if item.kind == "asset")
    paste = _Paste(Reader(settings, now, pair, default_pair, named), assets)
    fresh = any(not said.quoted and paste.reader.priced(items) for said, items in lines)
    spoken = _indonesian(said for said, _ in lines)
    for said, items in lines:
        _hear(paste, said, items, fresh, said.sender in spoken)
    return _settled(paste)


def _indonesian(lines: Iterable[Said]) -> frozenset[Sender]:
    """The senders who write Indonesian words or numbers, or nothing that tells English from Indonesian."""
    told = list(lines)
    english = {said.sender for said in told if _ENGLISH.search(said.text)}
    return frozenset(said.sender for said in told if said.sender not in english or _INDONESIAN.search(said.text))


def _hear(paste: _Paste, said: Said, items: list[Item], fresh: bool, indonesian: bool) -> None:
    """A market maker's line is taken; what the desk, a client or an earlier message says only tells what is talked of."""
    repeats = said.quoted and fresh
    if said.sender.role in ("desk", "client") or repeats:
        named = {item.text for item in items if item.kind == "asset"}
        paste.asset = min(named) if len(named) == 1 else paste.asset
        who = "repeats an earlier message" if repeats else f"is the {said.sender.role}'s own word"
        paste.asides.append(Unread(said.line, said.written, f"The line {who}; no rate is taken from it."))
    elif len(said.text) > LONGEST_LINE:
        paste.asides.append(Unread(said.line, said.written[:80], f"The line has more than {LONGEST_LINE:,} characters."))
    elif said.text:
        paste.take(said, items, indonesian)


def _settled(paste: _Paste) -> Messages:
    """Every draft read; a later price of the same sender on the same side and for the same size takes an earlier one's place."""
    read = [paste.reader.read(draft) if n not in paste.replaced else [] for n, draft in enumerate(paste.drafts)]
    _replace_earlier(paste, read)
    outcomes: list[Outcome] = [*paste.asides, *(late for speaker in paste.speakers.values() for late in speaker.unanswered)]
    for n, draft in enumerate(paste.drafts):
        outcomes += [Unread(draft.line, draft.text, paste.replaced[n])] if n in paste.replaced else read[n]
    outcomes.sort(key=lambda outcome: outcome.line)
    return Messages(
        tuple(outcome for outcome in outcomes if isinstance(outcome, QuotedRate)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, Question)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, Unread)),
    )


def _replace_earlier(paste: _Paste, read: Sequence[Sequence[Outcome]]) -> None:
    """From the last draft to the first: what a later line of the sender holds, an earlier one no longer does.

    A correction counts for every size, also where it became a question; without one only a sender with a name replaces.
    """
    taken: dict[tuple[object, ...], int] = {}
    for n in reversed(range(len(paste.drafts))):
        draft = paste.drafts[n]
        rates = [outcome for outcome in read[n] if isinstance(outcome, QuotedRate)]
        places = [place for rate in rates for place in _places(rate)]
        wider = [place[:2] for place in places] + [(draft.asset,)]
        later = [taken[key] for key in ((draft.sender, *place) for place in (*places, *wider)) if key in taken]
        if any(line != draft.line for line in later) and n not in paste.replaced:
            paste.replaced[n] = f"Line {max(later)} of the same sender took this price's place."
        corrected = wider if places else [(draft.asset,)]
        held = (corrected if n in paste.corrects else []) + (places if draft.sender.name else [])
        held = [place for place in held if len(place) > 1 or not places]
        for place in held:
            taken.setdefault((draft.sender, *place), draft.line)


def _places(rate: QuotedRate) -> list[tuple[object, ...]]:
    sides = [side for side, price in (("bid", rate.bid), ("ask", rate.ask)) if price is not None]
    return [(rate.pair, side, rate.size, rate.size_currency) for side in sides]
