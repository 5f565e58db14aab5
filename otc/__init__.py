"""An OTC crypto desk in one process.

market -> quote -> trade -> hedge -> settlement -> reconciliation -> PnL

    quoting      a client's request, market makers' rates -> a two-way price, every line explained
    settlement   calendars, rails, the windows of a trade's legs, its status as of any instant
    pnl          recognised where both legs have landed; the bridge to what trading says
    desk         the verbs: quote, accept, confirm ..., import, and the questions
    views        records -> rows for a screen or an export; reports puts them together
    ingest store exports sample      the outside world, one adapter a file
    bootstrap    config/ and a store -> a wired Desk
    ui web cli   who talks to people

    from otc.bootstrap import wire
    desk = wire().desk                      config/ and data/desk.duckdb
    desk.pnl("settlement", "month", desk.moment())
"""
