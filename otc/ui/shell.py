"""What all pages share: the one open desk, the top line, who I am, and the sentences for when something is wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from otc.bootstrap import Wired
from otc.clock import parse_instant
from otc.config import User
from otc.desk import Desk
from otc.desk.rfqs import Rfqs
from otc.errors import OtcError, Refused
from otc.model import Status
from otc.money import RUPIAH
from otc.ports import Moment
from otc.runtime import House, address
from otc.settlement.rails import Rails
from otc.ui import states, style
from otc.ui.words import instant, literal, short_instant, span
from otc.views.table import counted

_ALERTS_SECONDS: Final = 15
_SOON: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Visit:
    """One run of one page: the desk, who looks at it, and the instant asked about."""

    desk: Desk
    user: User
    now: datetime
    """The desk's present."""
    as_of: datetime
    """The instant asked about: `as_of` of the URL, or the present."""
    rfqs: Rfqs
    """Requests for two-way quotes, and the market they are priced from."""

    @property
    def actor(self) -> str:
        """The name under which facts are recorded."""
        return self.user.id

    @property
    def zone(self) -> ZoneInfo:
        """The zone that people read."""
        return self.desk.settings.desk.zones.desk

    @property
    def moment(self) -> Moment:
        """The instant asked about, for `desk.rows` and `desk.pnl`."""
        return Moment(self.as_of)


def configure(title: str = "OTC desk") -> None:
    """Set width and title; every page does so by itself, as it may be opened without the app."""
    st.set_page_config(page_title=title, page_icon="◧", layout="wide")


@st.cache_resource(show_spinner=False, on_release=lambda house: house.close())
def house() -> House:
    """The desks that this process has open."""
    return House()


def open_desk() -> Wired:
    """The desk that OTC_CONFIG and OTC_STORE name, opened once a process; OtcError with a sentence where it cannot be."""
    return house().wired(address())


def warm_up() -> None:
    """Do before the first visit what it would wait for: the heavy imports, and opening the store."""
    import pandas  # noqa: F401 - loaded here so that the first visit does not wait for it
    import plotly.graph_objects  # noqa: F401 - loaded here for the same reason

    try:
        open_desk()
    except OtcError:
        # The page that asks next tells it to a person.
        return


def open_page(title: str, *, role: str = "", needs_trades: bool = False) -> Visit:
    """Begin a page: open the desk, draw title and top line, and give the visit.

    `role` is whose page it is, the first guess at who looks. With `needs_trades` an empty store explains its first step.
    A desk that cannot be opened, or a sample year being made, is shown in the page's place and the run ends.
    """
    configure(f"{title} · OTC desk")
    if house().making(address()):
        st.header(title, anchor=False)
        states.being_made(house())
        st.stop()
    try:
        wired = open_desk()
        visit = _visit(wired, role)
    except OtcError as error:
        _closed(title, str(error))
        st.stop()
    _head(title, visit)
    wired.spreads()
    if wired.spreads.problem:
        st.warning(f"◆ {literal(wired.spreads.problem)}")
    if needs_trades and not has_trades(visit.desk):
        states.first_step(house(), "This store holds no trades yet.")
        st.stop()
    return visit


def has_trades(desk: Desk) -> bool:
    """Whether anything has been booked."""
    return desk.store.has_trades()


def _closed(title: str, sentence: str) -> None:
    st.header(title, anchor=False)
    if not address().place.exists():
        states.first_step(house(), f"There is no store at {address().place} yet.")
    else:
        states.broken(sentence)


def _visit(wired: Wired, role: str) -> Visit:
    desk, now = wired.desk, wired.desk.now()
    asked = st.query_params.get("as_of", "")
    try:
        as_of = parse_instant(asked, desk.settings.desk.zones.desk) if asked else now
    except Refused:
        as_of = now
    return Visit(desk, _user(desk, role), now, as_of, wired.rfqs)


def _user(desk: Desk, role: str) -> User:
    """Who looks: as chosen in this session, or named by the URL, or the first with the page's role."""
    users = desk.settings.desk.users
    named = {user.id: user for user in users}
    wanted = st.session_state.get("user") or st.query_params.get("user", "")
    if wanted in named:
        st.session_state["user"] = wanted
        return named[wanted]
    return next((user for user in users if role in user.roles), users[0])


def _head(title: str, visit: Visit) -> None:
    name, line = st.columns([3, 10], vertical_alignment="center")
    name.header(title, anchor=False)
    with line:
        _top_line(visit)


@st.fragment(run_every=20)
def _top_line(visit: Visit) -> None:
    """The top line; it moves on by itself, so that a page left open does not lie about the cut-off."""
    desk, now = visit.desk, visit.desk.now()
    with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center", horizontal_alignment="right"):
        style.apply()
        st.badge(literal(desk.settings.desk.name), color="gray")
        label = desk.store.meta.label or "LIVE"
        st.badge(label, color="blue" if label == "LIVE" else "orange")
        if desk.settings.desk.market.source == "simulated":
            st.badge("◆ SIMULATED market", color="orange")
        if "as_of" in st.query_params:
            st.badge(f"◆ as of {instant(visit.as_of, visit.zone)}", color="orange")
        else:
            st.badge(f"as of {instant(now, visit.zone)}", color="gray")
        words, soon = cutoff_words(desk, now)
        st.badge(words, color="orange" if soon else "gray")
        count = open_alerts(desk, now)
        st.badge(f"▲ {counted(count, 'alert')}" if count else "● no alerts", color="red" if count else "green")
        _who(visit)


def _who(visit: Visit) -> None:
    with st.popover(f"{visit.user.id} · {', '.join(visit.user.roles)}", type="tertiary"):
        ids = [user.id for user in visit.desk.settings.desk.users]
        st.caption(f"Store: {literal(visit.desk.store.place)}")
        chosen = st.radio("Who I am", ids, index=ids.index(visit.user.id), key="who")
    if chosen != visit.user.id:
        st.session_state["user"] = st.query_params["user"] = chosen
        st.rerun()


def large_rupiah(rails: Rails) -> Decimal:
    """The smallest amount that no always open rail takes: one rupiah above the BI-FAST limit."""
    limits = [line.max for line in rails.candidates("IDR", "") if line.max is not None]
    return max(limits, default=Decimal(0)) + RUPIAH


def cutoff_words(desk: Desk, now: datetime) -> tuple[str, bool]:
    """The next cut-off of large rupiah transfers in words, and whether it is less than an hour away."""
    rails, zone = desk.rules.rails, desk.settings.desk.zones.desk
    cutoff = rails.next_cutoff("IDR", large_rupiah(rails), now)
    if cutoff is None:
        return "no cut-off", False
    soon = cutoff - now < _SOON
    return f"{'◆ ' if soon else ''}cut-off {short_instant(cutoff, now, zone)} in {span(cutoff - now)}", soon


def open_alerts(desk: Desk, now: datetime) -> int:
    """Open items that need somebody: RECONCILING, FAILED, rolled over a cut-off, or late against what was promised."""
    return _alerts(desk.store.place, desk.store.last_change(), desk, now)


@st.cache_resource(ttl=_ALERTS_SECONDS, show_spinner=False, max_entries=8)
def _alerts(place: str, change: str, _desk: Desk, _now: datetime) -> int:  # noqa: ARG001 - the key it is kept under
    return sum(1 for row in _desk.rows("aging", Moment(_now)) if _needs_somebody(row, _now))


def _needs_somebody(row: dict[str, object], now: datetime) -> bool:
    rolled, needed = row["rolled_at"], row["needed_by"]
    late = isinstance(needed, datetime) and needed < now
    return row["status"] != Status.PENDING or (isinstance(rolled, datetime) and rolled <= now) or late


def ask_as_of(visit: Visit) -> None:
    """A small control that sets the instant asked about, kept in the URL; empty means the present."""
    shown = st.query_params.get("as_of", "")
    st.text_input(
        "As of",
        shown,
        key="as_of_typed",
        placeholder=f"now, or {visit.now.astimezone(visit.zone):%Y-%m-%d %H:%M}",
        help=f"An instant in {visit.zone.key}; the page then shows where things stood.",
        on_change=_keep_as_of,
    )
    if shown:
        try:
            parse_instant(shown, visit.zone)
        except Refused as error:
            states.refused(str(error))


def _keep_as_of() -> None:
    typed = st.session_state["as_of_typed"].strip()
    if typed:
        st.query_params["as_of"] = typed
    else:
        st.query_params.pop("as_of", None)


def from_url(key: str, allowed: list[str]) -> list[str]:
    """The values of a filter that the URL names, as far as they are allowed."""
    return [value for value in st.query_params.get_all(key) if value in allowed]


def keep_in_url(**filters: str | list[str]) -> None:
    """Put the filters of a page into its URL, so that it can be sent or opened again; empty ones are left out."""
    for key, value in filters.items():
        if not value:
            st.query_params.pop(key, None)
        elif st.query_params.get_all(key) != ([value] if isinstance(value, str) else value):
            st.query_params[key] = value
