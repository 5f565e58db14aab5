"""Who said which line of a pasted chat: headers of messengers, names before a colon, forwarded and quoted lines."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from otc.config import Counterparties
from otc.quoting.mm_words import kind_of

Role = Literal["maker", "unknown", "nobody", "desk", "client"]

_TIME: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_HEADERS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\[[^\]]{{0,24}}?{_TIME}[^\]]{{0,24}}\]\s*(?P<name>[^:]{{1,60}}):\s*(?P<text>.*)",
        rf"\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}},?\s+{_TIME}\s+-\s+(?P<name>[^:]{{1,60}}):\s*(?P<text>.*)",
        rf"(?P<name>[^,:\[\]]{{1,60}}),\s*\[[^\]]{{0,24}}{_TIME}[^\]]{{0,9}}\]:?\s*(?P<text>.*)",
        r"(?i:forwarded\s+(?:message\s+)?from|diteruskan\s+dari|forwarded):?\s+(?P<name>[^:]{1,60}?)(?::\s*(?P<text>.*))?",
        r"<(?P<name>[^<>:]{1,60})>\s*(?P<text>.*)",
    )
)
_MAYBE: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_TIME}\s+<?(?P<name>[^\W\d][^:<>]{{0,59}})[:>]\s*(?P<text>.*)",
        rf"(?P<name>[^\W\d][^:\[\]]{{0,59}}?)\s{{1,4}}\[?{_TIME}\]?:?(?P<text>)",
        rf"(?P<name>[^\W\d][^:\[\]()]{{0,59}}?)\s{{0,4}}[(@\[]?\s?{_TIME}[)\]]?\s?[:>]\s*(?P<text>.*)",
        r"(?i:from|dari|sender|pengirim):\s*(?P<name>[^:]{1,60})(?P<text>)",
        r"@?(?P<name>[^\W\d][^:<>]{0,59}):\s*(?P<text>.*)",
    )
)
_STAMP: Final = re.compile(rf"\[[^\]]{{0,24}}?{_TIME}[^\]]{{0,24}}\]\s*|{_TIME}\s+(?=[^\W\d])")
_BULLET: Final = re.compile(r"(?:[-\u2022\u25aa\u25cf\u00b7]+\s+|\d{1,2}[.)]\s+(?=[^\W\d]))")
_NO_NAMES: Final = frozenset(
    "note notes info fyi nb catatan ps re pagi siang sore malam hi hello halo dear team today hari ini please pls thanks "
    "valid size pair bank good morning afternoon for our my the we today's tier option from "
    "sent date to subject cc dari sender pengirim".split()
)
_OURSELVES: Final = frozenset({"me", "you", "saya", "anda", "kamu", "aku"})
_MARKUP: Final = re.compile(r"[*_`]")
_KEYCAP: Final = re.compile("\\d\ufe0f?\u20e3")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the id of a market maker, or the name as written."""

    name: str = ""
    role: Role = "nobody"


@dataclass(frozen=True, slots=True)
class Said:
    """One line without its header. `heads` says that a header came with it; `quoted` that it repeats an earlier message."""

    line: int
    sender: Sender
    text: str
    written: str
    quoted: bool = False


@dataclass(frozen=True)
class Directory:
    """The names that a line may begin with."""

    parties: Counterparties
    desk_name: str
    assets: frozenset[str]

    def sender(self, name: str) -> Sender:
        """Whose name it is: a market maker's of counterparties.yaml, a client's, the desk's own, or nobody's that is known."""
        plain = _plain(name)
        for maker in self.parties.market_makers:
            if _begins(plain, maker.name) or _begins(plain, maker.id):
                return Sender(maker.id, "maker")
        if plain in _OURSELVES or _begins(plain, self.desk_name):
            return Sender(name.strip(), "desk")
        if any(_begins(plain, client.name) or _begins(plain, client.id) for client in self.parties.clients):
            return Sender(name.strip(), "client")
        return Sender(name.strip(" *_~@"), "unknown")

    def is_name(self, name: str) -> bool:
        """Whether words before a colon are a name: known, or capitalised words that dealers use for nothing else."""
        if self.sender(name).role != "unknown":
            return True
        words = name.strip(" *_~@").split()
        return 1 <= len(words) <= 4 and all(self._may_name(word) for word in words)

    def _may_name(self, word: str) -> bool:
        bare = word.strip("().,-*_")
        return (
            len(bare) > 1
            and bare.isalpha()
            and bare[:1].isupper()
            and bare.lower() not in _NO_NAMES
            and kind_of(bare, self.assets) == "word"
        )

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        """Where market makers' own names and ids stand in a line: (from, to, id), in order."""
        return sorted((at.start(), at.end(), maker) for pattern, maker in self._mentions for at in pattern.finditer(text))

    @cached_property
    def _mentions(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """How each market maker's own name and id are found."""
        return tuple(
            (re.compile(rf"(?<![\w-])(?:{re.escape(word)})(?![\w-])", re.IGNORECASE), maker.id)
            for maker in self.parties.market_makers
            for word in sorted({maker.name, maker.id} - {""})
        )


def said_lines(text: str, directory: Directory) -> Iterator[Said]:
    """Each line that says something, with its sender; a line without a header is its predecessor's, up to an empty line."""
    sender, keeps = Sender(), False
    for number, written in enumerate(text.splitlines(), 1):
        line, quoted = _unquoted(_normal(written))
        if not line:
            sender = sender if keeps else Sender()
            continue
        found = _header(line, directory)
        makers = directory.mentioned(line)
        if len({maker for _, _, maker in makers}) > 1 and not line[: makers[0][0]].strip(" *_~@<"):
            sender, keeps = Sender(makers[-1][2], "maker"), False
        elif found:
            sender, line, keeps = found
        else:
            line = _STAMP.sub("", line, count=1) if _STAMP.match(line) else line
            stamped = _header(line, directory)
            sender, line, keeps = stamped or (sender, line, keeps)
        yield from _parts(
            Said(number, sender, _BULLET.sub("", line, count=1) if _BULLET.match(line) else line, written.strip(), quoted),
            directory,
        )


def _header(line: str, directory: Directory) -> tuple[Sender, str, bool] | None:
    """(sender, rest, whether the sender stays beyond an empty line) where a line begins with a header."""
    named = directory.mentioned(line)
    if named and named[0][:2] == (0, len(line.rstrip(" :"))):
        return Sender(named[0][2], "maker"), "", True
    for pattern in _HEADERS:
        found = pattern.fullmatch(line)
        if found:
            return directory.sender(found["name"]), found["text"] or "", True
    for pattern in _MAYBE:
        found = pattern.fullmatch(line)
        if found and directory.is_name(found["name"]):
            return directory.sender(found["name"]), found["text"] or "", not found["text"]
    return None


def _parts(said: Said, directory: Directory) -> Iterator[Said]:
    """A line that names market makers is theirs; one that begins with a name and names several is cut before each."""
    names = directory.mentioned(said.text)
    if not names:
        yield said
        return
    makers = {maker for _, _, maker in names}
    before = said.text[: names[0][0]].strip(" -*")
    if len(makers) > 1 and (not before or before.endswith(":")):
        if before.strip(":"):
            yield replace(said, text=before)
        ends = [start for start, _, _ in names[1:]] + [len(said.text)]
        for (_, begin, maker), end in zip(names, ends, strict=True):
            yield Said(said.line, Sender(maker, "maker"), said.text[begin:end].strip(" ,;:-|>*"), said.written, said.quoted)
        return
    text = said.text
    for start, end, _ in reversed(names):
        text = f"{text[:start]} , {text[end:]}"
    only = Sender(names[0][2], "maker") if len(makers) == 1 and said.sender.role in ("nobody", "maker") else said.sender
    yield Said(said.line, only, text.strip(" ,;:-|"), said.written, said.quoted)


def _normal(line: str) -> str:
    """The line with plain digits and blanks; a fraction or a superscript makes its figure unreadable instead of a longer one."""
    bare = _MARKUP.sub("", _KEYCAP.sub(" ", unicodedata.normalize("NFC", line)))
    if bare.isascii() and bare.isprintable():
        return bare.strip()
    kept = []
    for char in bare:
        category = unicodedata.category(char)
        if category == "Nd":
            kept.append(str(unicodedata.decimal(char)))
        elif category in ("No", "Nl"):
            kept.append("xx")
        elif category == "Zs":
            kept.append(" ")
        elif category not in ("Cf", "Cc", "Mn") or char == "\t":
            kept.append(" " if char == "\t" else char)
    return "".join(kept).strip()


def _unquoted(line: str) -> tuple[str, bool]:
    bare = line.lstrip("> |\u2502") if line.startswith((">", "|", "\u2502")) else line
    return bare.strip(), bare != line


def _plain(name: str) -> str:
    return " ".join(name.strip(" *_~@").lower().split())


def _begins(plain: str, known: str) -> bool:
    """Whether a name is the known one, alone or with more behind it."""
    wanted = _plain(known)
    return bool(wanted) and (plain == wanted or (plain.startswith(wanted) and not plain[len(wanted)].isalnum()))
