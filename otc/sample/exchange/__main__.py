"""`python -m otc.sample.exchange --port N`: the loopback exchange by itself, with a calm market, until it is interrupted."""

import json
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import count, takewhile
from threading import Event

from otc.sample.exchange.opening import open_books
from otc.sample.exchange.server import VENUES, LoopbackExchange

_BEAT_SECONDS = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Serve; the first line printed is JSON: venue -> the `urls` and `options` that ccxt takes."""
    parser = ArgumentParser(prog="python -m otc.sample.exchange", description="A SIMULATED exchange on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="a free one where it is not given")
    port: int = parser.parse_args(argv).port
    asked_to_end = Event()
    for number in (signal.SIGINT, signal.SIGTERM):  # said outright: a shell's background job starts with SIGINT ignored
        signal.signal(number, lambda *_: asked_to_end.set())
    with LoopbackExchange(port=port) as exchange:
        open_books(exchange.floor, VENUES)
        told = {venue: {"urls": exchange.urls(venue), "options": exchange.options(venue)} for venue in VENUES}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        for step in takewhile(lambda _: not asked_to_end.wait(_BEAT_SECONDS), count(1)):
            open_books(exchange.floor, VENUES, step)
    return 0


if __name__ == "__main__":
    sys.exit(main())
