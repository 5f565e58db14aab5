"""`python -m otc`: the desk from the command line. 0 done, also with rejects; 2 and one clear line when refused."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from otc import answers
from otc.answers import market
from otc.bootstrap import DEFAULT_CONFIG, DEFAULT_STORE, Seen, init_sample, init_store, wire
from otc.clock import Clock, parse_instant, system_clock
from otc.config import Settings, load
from otc.desk import Desk
from otc.errors import OtcError, Refused
from otc.ports import MarketData
from otc.runtime.market import SimulatedWatch, with_source
from otc.sample import DEFAULT_SEED, DEFAULT_TRADES
from otc.venues.once import fetch_once

Answer = answers.Answer
_BY: Final = ("month", "day", "pair", "client", "market_maker")


def main(arguments: Sequence[str]) -> int:
    """Run one command; prints its answer and returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        answer = options.run(options)
        sys.stdout.write(answer.as_json() if options.json else answer.as_text())
        return 0
    except OtcError as error:
        sys.stderr.write(f"otc: {error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("otc: stopped; a write that was under way left nothing behind.\n")
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        sys.stderr.write(f"otc: {error.filename or 'a file'} cannot be used ({error.strerror}).\n")
    return 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line instead of a page of usage."""

    def error(self, message: str) -> NoReturn:
        raise Refused(f"{message}; see {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="otc", description="The OTC desk from the command line.")
    parser.add_argument("--config", type=Path, default=DEFAULT_CONFIG, metavar="DIR", help="folder of the five YAML files")
    parser.add_argument(
        "--store", type=Path, default=DEFAULT_STORE, metavar="PATH", help="a .duckdb file, or a folder of CSV files"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    init = _command(commands, "init", "make the store; may be repeated", _init)
    init.add_argument("--sample", action="store_true", help="with the sample year")

    imports = _command(commands, "import", "book a transactions file", _import)
    imports.add_argument("what", choices=["transactions"])
    imports.add_argument("file", type=Path)

    status = _command(commands, "status", "how many trades stand where", _with_desk(answers.status))
    _moments(status)
    status.add_argument("--reported", action="store_true", help="by the files' own status column")

    aging = _command(commands, "aging", "every unsettled trade, worst first", _with_desk(answers.aging))
    _moments(aging)

    pnl = _command(commands, "pnl", "profit by month, day, pair, client or market maker", _with_desk(answers.pnl))
    pnl.add_argument("--basis", choices=["settlement", "trade"], required=True)
    pnl.add_argument("--by", choices=_BY, required=True)
    _moments(pnl)

    export = _command(commands, "export", "write a report to a file", _with_desk(answers.export))
    export.add_argument("report", choices=["pnl", "aging", "transactions", "journal"])
    export.add_argument("--month", help="of pnl, like 2024-12; all months without it")
    export.add_argument("--format", choices=["csv", "xlsx", "pdf", "beancount"], required=True)
    export.add_argument("--out", type=Path, required=True)
    _moments(export)

    quote = _command(commands, "quote", "price both sides from a market maker's rate", _quote)
    for name in ("--pair", "--tier", "--size", "--mm-rate"):
        quote.add_argument(name, required=True)

    cutoff = _command(commands, "cutoff", "which rail takes a transfer, when, for which value date", _cutoff)
    for name in ("--currency", "--amount", "--at"):
        cutoff.add_argument(name, required=True)

    sample = _command(commands, "sample", "write the sample year as files", _sample)
    sample.add_argument("--out", type=Path, required=True, metavar="DIR")
    sample.add_argument("--seed", type=int, default=DEFAULT_SEED)
    sample.add_argument("--trades", type=int, default=DEFAULT_TRADES)
    _on_the_market(commands)
    return parser


def _on_the_market(commands: Any) -> None:
    """The commands that look at venues, at what market makers write, or at two-way quotes."""
    rates = _command(commands, "rates", "read what market makers write in chat, from standard input", _rates)
    rates.add_argument("--pair", default="", help="what they were asked for, where a message names no coin")

    _command(commands, "venues", "how each symbol of each venue does; asks them all once, or the simulated market", _venues)

    book = _command(commands, "book", "what a size costs at once over all venues, fees paid", _book)
    book.add_argument("--pair", required=True)
    book.add_argument("--side", choices=["buy", "sell"], required=True, help="what the desk does there")
    book.add_argument("--size", required=True)

    rfq = _command(commands, "rfq", "a two-way quote from the venues, kept with its inputs", _rfq)
    for name in ("--pair", "--size", "--tier"):
        rfq.add_argument(name, required=True)
    rfq.add_argument("--side", choices=["buy", "sell", "BUY", "SELL"], help="what the client does; both prices without it")
    rfq.add_argument("--client", metavar="ID", help="whose request it is; needed to accept it")

    hedge = _command(commands, "hedge", "work a hedge off on the simulated market", market.hedge)
    for name in ("--pair", "--size"):
        hedge.add_argument(name, required=True)
    hedge.add_argument("--side", choices=["buy", "sell"], required=True, help="what the desk does on the venues")
    hedge.add_argument("--minutes", type=int, required=True)
    hedge.add_argument("--mode", choices=["twap", "clips", "adaptive"], required=True)
    hedge.add_argument("--simulated", action="store_true")
    hedge.add_argument("--seed", type=int, default=1)

    replay = _command(commands, "replay", "make a kept two-way quote again from its inputs", _replay)
    replay.add_argument("quote", metavar="QUOTE")


def _command(commands: Any, name: str, what: str, run: Callable[[argparse.Namespace], Answer]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=what, description=what)
    parser.add_argument("--json", action="store_true", help="answer as JSON: amounts as text, times in the desk's zone")
    parser.set_defaults(run=run)
    return parser


def _moments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as-of", metavar="T", help="by what had happened; the store's clock by default")
    parser.add_argument("--known-at", metavar="T", help="by what was recorded; all that is by default")


def _with_desk(answer: Callable[[Desk, argparse.Namespace], Answer]) -> Callable[[argparse.Namespace], Answer]:
    def run(options: argparse.Namespace) -> Answer:
        """Open the desk, answer, let go of its store."""
        desk = wire(options.config, options.store).desk
        try:
            return answer(desk, options)
        finally:
            desk.store.close()

    return run


def _init(options: argparse.Namespace) -> Answer:
    if options.sample:
        init_sample(options.store, options.config)
    else:
        init_store(options.store, options.config)
    return answers.Answer({"store": str(options.store), "sample": options.sample}, f"{options.store} is ready.\n")


def _import(options: argparse.Namespace) -> Answer:
    if not options.file.is_file():
        raise Refused(f"{options.file} is no file; name a transactions CSV of the 31 columns.")
    desk = wire(options.config, options.store, create=True).desk
    try:
        return answers.imported(desk, options.file, _progress())
    finally:
        desk.store.close()


def _progress() -> Callable[[int], None]:
    """Rows so far, on a terminal only."""
    if not sys.stderr.isatty():
        return lambda rows: None
    return lambda rows: print(f"\r{rows:,} rows", end="", file=sys.stderr, flush=True)


def _quote(options: argparse.Namespace) -> Answer:
    return answers.quote(load(options.config), options, system_clock())


def _rates(options: argparse.Namespace) -> Answer:
    try:
        text = sys.stdin.read()
    except UnicodeDecodeError:
        raise Refused("Standard input is not text in UTF-8; paste the messages as text.") from None
    return market.rates(load(options.config), text, options.pair, system_clock())


def _cutoff(options: argparse.Namespace) -> Answer:
    settings = load(options.config)
    at: datetime = parse_instant(options.at, settings.desk.zones.desk)
    return answers.cutoff(settings, options.currency, options.amount, at)


def _venues(options: argparse.Namespace) -> Answer:
    settings = with_source(load(options.config), os.environ)
    return market.venues(settings, _looked(settings, system_clock).view())


def _book(options: argparse.Namespace) -> Answer:
    settings = with_source(load(options.config), os.environ)
    return market.book(settings, _looked(settings, system_clock).view(), {}, options)


def _looked(settings: Settings, clock: Clock) -> MarketData:
    """The market at this instant: the simulated one where it is chosen, else every venue asked once."""
    if settings.desk.market.source == "simulated":
        return SimulatedWatch(settings, clock)
    return Seen(fetch_once(settings.venues, settings.desk.market, clock))


def _rfq(options: argparse.Namespace) -> Answer:
    settings = with_source(load(options.config), os.environ)
    wired = wire(options.config, options.store, create=True)
    try:
        return market.rfq(wired.on(_looked(settings, wired.desk.clock)).rfqs, options)
    finally:
        wired.desk.store.close()


def _replay(options: argparse.Namespace) -> Answer:
    wired = wire(options.config, options.store)
    try:
        return market.replay(wired.rfqs, options.quote)
    finally:
        wired.desk.store.close()


def _sample(options: argparse.Namespace) -> Answer:
    return answers.sample(load(options.config), options.out, options.seed, options.trades)
