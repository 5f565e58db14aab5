"""The words of market makers' chat, English and Indonesian, and the scanner that finds them in a line."""

import re
from dataclasses import dataclass
from typing import Final

from otc.quoting.mm_numbers import MAGNITUDES


@dataclass(frozen=True, slots=True)
class Token:
    """One word, figure or sign of a line; `glued` says that nothing separates it from the one before."""

    kind: str
    text: str
    glued: bool

    @property
    def word(self) -> str:
        return self.text.lower()


_OURS: Final = r"(?:we|i|we're|we'll|we'd|i'm|i'll|i'd|im|ill|kami|kita|saya|aku|gue|gua|gw)"
_YOURS: Final = r"(?:you|u|anda|kamu|kalian|elo|lo|lu)"
_MAY: Final = (
    r"(?:\s+(?:can|could|may|might|will|would|are|am|happy|want|wanna|need|like|to|only|also|bisa|boleh|dapat|mau|ingin|siap|"
    r"berani|hanya|cuma|juga|akan|bersedia|interested|to)){0,4}"
)
_IF: Final = r"(?:if|when|kalau|kalo|klo|jika|bila)"
_WISH: Final = r"(?:want|wanna|need|wish|like|mau|ingin|pengen|butuh)"
_GET: Final = r"(?:buy|buying|beli|membeli|take|ambil|lift|pay|paying)"
_LET: Final = r"(?:sell|selling|jual|menjual|give|kasih|lepas|hit)"
_US: Final = r"(?:us|me|kami|kita|saya|aku|gue|gua|gw)"
_PLEASE: Final = r"(?:please|pls|plz|silakan|silahkan|monggo|ayo|yuk|come)"
_AT_US: Final = rf"\s+(?:from|dari|di|sama|ama|with|via|lewat|to|ke|kepada)\s+{_US}\b"
_NOT: Final = r"(?:no|not|without|tanpa|tidak(?:\s+ada)?|tdk(?:\s+ada)?|gak(?:\s+ada)?|ga(?:\s+ada)?|nggak(?:\s+ada)?|ngga|belum)"

# Who speaks decides what a word means: the phrases with a subject come before the bare words. First match wins.
_PHRASES: Final = (
    ("odd", r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,64}\.\w+|0x[0-9a-f]+"),
    ("odd", r"\d{4}-\d{2}-\d{2}|\d{1,2}(?P<mark>[/.-])\d{1,2}(?P=mark)(?:\d{4}|\d{2})(?![\d.,/])"),
    ("time", r"\d{1,2}:\d{2}(?::\d{2})?(?!\d)|(?<![\d.,/|\\-])(?:0?[1-9]|1[0-2])(?:\.[0-5]\d)?[ap]m\b"),
    ("odd", r"\+\d{1,3}[ -]?\d{2,4}(?:[ -]?\d{3,4}){2,3}(?!\d)|\b0\d{2,3}[ -]?\d{3,4}[ -]?\d{3,5}(?!\d)"),
    ("odd", r"\d+(?:-\d+){2,}|#\d+|\bT\s?\+\s?\d\b"),
    ("figure", r"\d{1,3}(?:[ \u00a0\u202f']\d{3})+(?![\d])(?:[.,]\d+)?(?:,-|\.-)?|(?:(?<![\w.,])\.)?\d+(?:[.,]\d+)*(?:,-|\.-)?"),
    ("nothing", rf"\b{_NOT}\s+(?:a\s+|any\s+)?(?:bids?|offers?|asks?|bidding|offering|beli|jual|buying|selling)\b"),
    ("unsure", rf"\b(?:{_OURS}{_MAY}\s+)?offer(?:s|ing)?\s+(?:you|u|for\s+your)\b"),
    ("unsure", rf"\b(?:from|dari|di|sama|ama|with|via|lewat|to|ke|kepada)\s+{_US}\s+(?:buy|sell|beli|jual)\b"),
    (
        "unsure",
        rf"\b(?:{_OURS}{_MAY}\s+)?(?:pay|paying|bayar)\s+(?:usd[tc]?|btc|paxg|tether)\b|\b(?:beli|jual)\s+(?:dong|yuk|deh)\b",
    ),
    ("ask", rf"\b{_PLEASE}\s+{_GET}\b"),
    ("bid", rf"\b{_PLEASE}\s+{_LET}\b"),
    ("bid", rf"\b{_OURS}{_MAY}\s+(?:buy|buying|buyers?|bid|bidding|pay|paying|take|beli|membeli|ambil|terima|tampung|bayar)\b"),
    ("ask", rf"\b{_OURS}{_MAY}\s+(?:sell|selling|sellers?|offer|offering|ask|asking|jual|menjual|lepas)\b"),
    ("ask", rf"\b(?:{_IF}\s+)?{_YOURS}{_MAY}\s+{_GET}\b"),
    ("bid", rf"\b(?:{_IF}\s+)?{_YOURS}{_MAY}\s+{_LET}\b"),
    ("ask", rf"\b{_IF}\s+(?:{_YOURS}\s+)?{_WISH}(?:\s+to)?\s+{_GET}\b"),
    ("bid", rf"\b{_IF}\s+(?:{_YOURS}\s+)?{_WISH}(?:\s+to)?\s+{_LET}\b"),
    ("ask", rf"\b(?:buy|beli|ambil)(?=(?:\s+\w+)?{_AT_US})"),
    ("bid", rf"\b(?:sell|jual|lepas)(?=(?:\s+\w+)?{_AT_US})"),
    ("at_us", _AT_US),
    ("ask", rf"\b(?:harga|kurs)\s+beli\s+(?:{_YOURS}|untuk\s+{_YOURS})\b"),
    ("bid", rf"\b(?:harga|kurs)\s+jual\s+(?:{_YOURS}|untuk\s+{_YOURS})\b"),
    (
        "unsure",
        rf"\b(?:bapak|pak|ibu|bu|boss?|anyone|someone|who|client|klien|nasabah|customer|your|ur|{_IF}|{_WISH}|looking|to){_MAY}\s+"
        r"(?:buy|sell|beli|jual|bid|offer|ask|pay|paying|bayar)\b",
    ),
    ("unsure", r"\b(?:beli|jual|buy|sell|bid|offer)\s+(?:anda|kamu|klien|client|nasabah)\b"),
    ("until", r"\b(?:good\s+(?:until|till?)|valid\s+(?:until|till?)|until|till?|s/d|s\.d\.?|sd|sampai|smp|hingga)(?!\w)"),
    ("good", r"\b(?:good\s+for|firm(?:\s+for)?|holds?\s+for|ok\s+for|live\s+for|tahan)\b"),
    ("valid", r"\b(?:valid(?:ity)?(?:\s+for)?|berlaku(?:\s+selama)?|expir(?:es?|y)(?:\s+in)?|exp|ttl)\b"),
    ("upto", r"\b(?:up\s?to|max(?:imum|imal)?|maks(?:imal)?|limit)\b"),
    (
        "indicative",
        r"\b(?:indi[ck]\w*|subject(?!\s*:)|nego\w*|cek\s+dulu|check\s+first|to\s+be\s+confirmed|(?:lvls?|levels?)\s+(?:only|aja|saja)|"
        r"kira(?:[- ]kira|2)?|kurang\s+lebih|not\s+firm|last\s+look|approx\w*|estima\w*)(?!\w)|[~≈±]|(?<=\d)(?:an|ish)\b",
    ),
    (
        "withdrawn",
        r"\b(?:nothing\s+done|no\s+(?:price|quote|longer)|not\s+quoting|(?:i'm|im|we're)\s+out|pull\w*|"
        r"withdr\w+|cancel\w*|(?:di)?batal\w*|off|(?:di)?tarik|expired|refused?|scratch(?:\s+that)?|ignore|disregard|abaikan|"
        r"forget\s+(?:it|that)|never\s?mind|nvm|wait|hold\s+on|hang\s+on|stand\s?by|tunggu|sebentar|bentar|(?:ga|gak|nggak|ngga|"
        r"tidak)\s+jadi|gone|closed|habis|kosong|tutup|paused?)\b",
    ),
    ("incl", r"\b(?:incl(?:\.|\w*)|all[- ]?in\b|sudah\s+termasuk|sdh\s+termasuk)"),
    ("plus", r"\b(?:excl(?:\.|\w*)|(?:belum|tidak|blm)\s+(?:termasuk|incl\w*)|not\s+incl\w*|di\s?luar|on\s+top)|\+"),
    ("request", r"\b(?:(?:can|could|would|will)\s+(?:you|u)|how\s+about|what\s+about|gimana\s+kalau|bisa\s+(?:gak|ga|nggak))\b"),
    (
        "account",
        r"\b(?:rek(?:ening)?|a/c|acct?|account|no\.|nomor|telp?|phone|hp|wa|call|ref\s+no|ticket|inv(?:oice)?)(?!\w)\.?:?",
    ),
    (
        "like",
        r"\b(?:same(?!\s+(?:day|bank|name|time))|ditto|idem|likewise|sama\s+(?:juga|dengan|dgn|kayak|kyk|seperti|tapi|tp))\b|\bsama(?=\s*,)",
    ),
    ("bid", r"\bb(?=\s?[:=@]?\s?\d{2,3}[\d.,])"),
    ("ask", r"(?:\b[osj]|(?<![^\W\d_]\s)\ba)(?=\s?[:=@]?\s?\d{2,3}[\d.,])"),
    ("word", r"[^\W\d_]+(?:'[^\W\d_]+)?"),
    ("sign", r"[^\w\s]|_"),
)
_SCANNER: Final = re.compile("|".join(f"(?P<{kind}_{n}>{pattern})" for n, (kind, pattern) in enumerate(_PHRASES)), re.IGNORECASE)

_WORDS: Final = {
    "bid": "wtb bid bids bidding buy buys buying buyer buyers beli paying",
    "ask": "wts ofr offr offer offers offered offering ask asks asking sell sells selling seller sellers jual",
    "size": "size sz amount amt clip clips vol volume qty quantity ukuran jumlah nominal sebesar senilai worth",
    "for": "for in untuk utk buat",
    "min": "minimum minimal min",
    "indicative": "tbc est around ard abt about sekitar kisaran roughly soft maybe mungkin harusnya "
    "kayaknya should probably perkiraan",
    "old": "was were earlier previous previously yesterday kemarin tadi sebelumnya last old ref reference mid spot market pasar "
    "high low average avg target stop versus vs they he she mereka dia other others lain sebelah besok tomorrow nanti later next",
    "past": "mine yours done sold bought filled dealt booked traded terjual dibeli laku deal confirmed executed paid lunas total",
    "if": "if when kalau kalo klo jika bila asal unless provided",
    "not": "above below under over atas bawah better not can't cannot cant won't tidak tdk gak ga nggak ngga enggak bukan belum "
    "never jangan",
    "replaces": "sorry correction corrected ralat koreksi maksud maksudnya typo salah wrong mistake oops changed recheck "
    "revisi revised update updated now sekarang "
    "new baru jadi",
    "fee": "admin ongkir fee fees commission comm komisi biaya charge charges tax taxes ppn pph pajak vat levy",
    "plus": "plus add tambah ditambah before blm",
    "incl": "included termasuk sudah sdh udah tanpa free zero bebas no nett net netto after",
    "spread": "spread wide width lebar",
    "percent": "bps bp pct percent persen",
    "jam": "jam pukul at",
    "measure": "oz ons gram grams gr g kg lot lots lembar keping orang people x times kali",
    "coins": "coin coins koin pcs unit units",
    "apart": "settle settles settled settlement settling transfer transfers deliver delivery kirim pengiriman delay setelah "
    "deposit dp daily harian perhari sehari ago lalu",
    "moved": "less minus kurang diskon discount potong premium skew skewed",
    "every": "all semua both",
    "rupiah": "rp idr rupiah perak",
    "dollar": "usd dollar dollars dolar",
    "other": "eth ether ethereum sol solana xrp ripple bnb doge dogecoin trx tron ltc litecoin xau xaut silver matic polygon "
    "avax shib pepe atom sui apt dai fdusd tusd busd usde pyusd usdd eur euro sgd jpy aud gbp cny hkd thb myr chf krw inr",
    "filler": "rate rates harga kurs price prices level lvl lvls quote per di is our my the firm pasti usdtidr",
}
_KIND: Final = {word: kind for kind, words in _WORDS.items() for word in words.split()}
SYNONYMS: Final = {"tether": "USDT", "bitcoin": "BTC", "xbt": "BTC", "gold": "PAXG", "emas": "PAXG"}
SECONDS: Final = {
    **dict.fromkeys("s sec secs second seconds detik dtk".split(), 1),
    **dict.fromkeys("min mins minute minutes menit mnt".split(), 60),
    **dict.fromkeys("h hr hrs hour hours jam".split(), 3600),
}
MONTHS: Final = frozenset(
    "jan januari january feb februari february mar maret march apr april mei may jun juni june jul juli july agu agustus aug "
    "august sep sept september okt oktober oct october nov november des desember dec december".split()
)
_DOLLARS: Final = ("usd", "usdt", "usdc")
_LINKS: Final = "-_"
_BLANK: Final = re.compile("[ \u00a0\u202f]")
SLASHES: Final = "/|\\-\N{EN DASH}\N{EM DASH}"


def scan(line: str, assets: frozenset[str]) -> list[Token]:
    """The tokens of a line; a code such as `TX-118` is odd, whatever digits it holds. Time grows with the length alone."""
    tokens, ended = list[Token](), -1
    for found in _SCANNER.finditer(line):
        kind = (found.lastgroup or "").rpartition("_")[0]
        text = found.group()
        if kind == "word":
            kind = kind_of(text, assets)
        begins = found.start() == ended
        ended = found.end()
        if kind == "figure" and _parted(tokens, text):
            text, behind = re.split(_BLANK, text, maxsplit=1)
            tokens += [Token(kind, text, begins), Token(kind, behind, False)]
        else:
            tokens.append(Token(kind, text, begins))
    return _codes_apart(tokens)


def _parted(tokens: list[Token], text: str) -> bool:
    """Whether a blank parts two figures: in `15842/58 400k` it does not group 58,400, as the first price has none."""
    blank = re.search(_BLANK, text)
    return (
        bool(blank)
        and len(tokens) > 1
        and tokens[-1].text in SLASHES
        and tokens[-2].kind == "figure"
        and (not re.search(_BLANK, tokens[-2].text))
    )


def kind_of(word: str, assets: frozenset[str]) -> str:
    """What a single word is to a dealer."""
    lower = word.lower()
    if asset_of(lower, assets):
        return "asset"
    if lower == "usdidr" or any(lower.endswith(quote) and lower.removesuffix(quote).upper() in assets for quote in _DOLLARS):
        return "other"
    return _KIND.get(lower, "word")


def asset_of(word: str, assets: frozenset[str]) -> str:
    """The asset that a word names: USDT for `usdt`, `tether`, `usdtidr`."""
    upper = word.upper()
    bare = upper.removesuffix("IDR") or upper
    named = SYNONYMS.get(word.lower(), bare)
    return named if named in assets else ""


def _codes_apart(tokens: list[Token]) -> list[Token]:
    """Digits tied to letters that are no dealer's word are a code, not a figure."""
    made: list[Token] = []
    in_code = False
    for n, token in enumerate(tokens):
        follows = in_code and token.glued and (token.kind in ("word", "figure", "odd") or token.text in _LINKS)
        starts = token.kind == "word" and not token.glued and _runs_into_digits(tokens, n)
        in_code = follows or starts
        tied = token.kind == "figure" and _unknown_tail(tokens, n)
        kind = "odd" if in_code else "garbled" if tied else token.kind
        made.append(Token(kind, token.text, token.glued))
    return made


def _runs_into_digits(tokens: list[Token], n: int) -> bool:
    if tokens[n].word in SECONDS or tokens[n].word == "m":
        return False
    rest = tokens[n + 1 : n + 3]
    if rest and rest[0].glued and rest[0].kind == "figure":
        return True
    return len(rest) > 1 and rest[0].glued and rest[0].text in _LINKS and rest[1].glued and rest[1].kind in ("figure", "odd")


def _unknown_tail(tokens: list[Token], n: int) -> bool:
    after = tokens[n + 1] if n + 1 < len(tokens) else None
    return (
        after is not None and after.glued and after.kind == "word" and after.word not in MAGNITUDES and after.word not in SECONDS
    )
