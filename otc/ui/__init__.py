"""The desk on the screen: the only room of otc that knows Streamlit. What pages use:

    visit = ui.open_page("Settlement aging", role="operations", needs_trades=True)
        Draws title and top line; stops the run with a sentence where the desk cannot be opened. Gives
        visit.desk (otc.desk.Desk), visit.actor (who records facts), visit.user.roles, visit.zone,
        visit.now (the desk's present), visit.as_of and visit.moment (the instant asked about: `?as_of=` of the URL).
    ui.ask_as_of(visit)                    a field that sets `?as_of=`
    ui.from_url(key, allowed) -> [values]  and  ui.keep_in_url(pair="USDT/IDR", status=["FAILED"])     filters in the URL

    ui.dataframe(table, visit.zone, key=, badges=("state",), select="single-row") -> [positions]
        Any otc.views.table.Table; columns named in `badges` hold words of ui.BUCKETS or ui.STATUSES.
    ui.chart(figure, height, key=, alt=)   a Plotly figure in the desk's look;  ui.palette()  its colours, light or dark
    ui.copyable(text)                      a text to send, with a copy button
    ui.empty(sentence, what_next)  ui.broken(sentence)  ui.refused(sentence)  ui.stale(what, since, now, hours)

    ui.rupiah  ui.signed_rupiah  ui.short_rupiah  ui.exact  ui.instant  ui.short_instant  ui.span  ui.literal     words
    ui.BUCKETS[bucket]  ui.STATUSES[status]  ui.badge_colour(words)                 "▲ Overdue >168h", and st.badge's colour

A page is at most 80 lines: open, ask, act, show; widgets of a page are in otc/ui/<page>_*.py. An OtcError raised by a verb
is shown with ui.refused(str(error)) at the field that error.field names. Text from outside goes through st.text or
ui.literal. Columns close together: st.columns(..., gap="small"); tables have 31 px rows.
"""

from otc.ui.charts import Palette, chart, palette
from otc.ui.grid import dataframe
from otc.ui.shell import (
    Visit,
    ask_as_of,
    configure,
    cutoff_words,
    from_url,
    has_trades,
    house,
    keep_in_url,
    large_rupiah,
    open_alerts,
    open_desk,
    open_page,
    warm_up,
)
from otc.ui.states import broken, copyable, empty, refused, stale, unforeseen
from otc.ui.words import (
    BADGE_COLOURS,
    BUCKETS,
    STATUSES,
    badge_colour,
    exact,
    instant,
    literal,
    rupiah,
    short_instant,
    short_rupiah,
    signed_rupiah,
    span,
    zone_name,
)

__all__ = [
    "BADGE_COLOURS",
    "BUCKETS",
    "STATUSES",
    "Palette",
    "Visit",
    "ask_as_of",
    "badge_colour",
    "broken",
    "chart",
    "configure",
    "copyable",
    "cutoff_words",
    "dataframe",
    "empty",
    "exact",
    "from_url",
    "has_trades",
    "house",
    "instant",
    "keep_in_url",
    "large_rupiah",
    "literal",
    "open_alerts",
    "open_desk",
    "open_page",
    "palette",
    "refused",
    "rupiah",
    "short_instant",
    "short_rupiah",
    "signed_rupiah",
    "span",
    "stale",
    "unforeseen",
    "warm_up",
    "zone_name",
]
