"""The venues' public books through ccxt: exact, checked, and never able to hold anyone up.

    ccxt_books   ccxt's own classes made exact
    ccxt_venue   one venue: what it lists, its books over REST and web socket, its failures as sentences
    venue        what a feed needs of a venue, and how one fails
    breaker      when a failing venue may be asked again (pure)
    feed         one venue's task: socket where there is one, REST beside it
    live         all venues in one thread and one loop: immutable snapshots, clean start and stop
    once         every venue asked a single time, for a command line

ccxt takes a second to import, so those two alone do, and the thread that watches imports them.
"""
