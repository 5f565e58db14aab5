"""A loopback exchange: seven venues' real REST and web-socket shapes on 127.0.0.1, with books that the caller sets.

    listing    what each venue lists, its traps included
    floor      the books, set from any thread
    faults     how a venue can be told to fail
    stall      what one venue sees and says: the vocabulary of the venue files; writing: how they write
    binance okx kraken coinbase coinbaseexchange indodax tokocrypto      one file a venue: its answers and its stream
    trouble sockets server      failing on the wire, the web sockets, and the server in its own thread
    opening    a calm market, for `python -m otc.sample.exchange`

Everything it shows is simulated and never leaves this machine.
"""

from otc.sample.exchange.faults import Fault
from otc.sample.exchange.floor import Book, Floor, Level
from otc.sample.exchange.listing import LISTINGS, Market
from otc.sample.exchange.server import LoopbackExchange

__all__ = ["LISTINGS", "Book", "Fault", "Floor", "Level", "LoopbackExchange", "Market"]
