"""What may be said of a trade: each refusal in a sentence, each verb a fact by a name, nothing twice."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from otc.desk import Desk
from otc.errors import Refused
from otc.model import Cover, Fact, Kind, Leg, Status, Trade
from otc.reports import open_items
from otc.settlement.status import project, status_of
from otc.settlement.verbs import check_fact
from tests.builders import STORE_KINDS, HandClock, at, book, desk_on, fact, landed, opened, rules, trade

FIAT, COINS = Leg.CLIENT_FIAT, Leg.CLIENT_CRYPTO
ONE = trade()
LANDED = landed(ONE, "2024-03-04 12:00")
CANCELLED = fact(ONE, Kind.CANCELLED, None, "2024-03-04 11:00")
WITHDRAWN = [*LANDED, fact(ONE, Kind.REVERSED, None, "2024-03-04 13:00", evidence=LANDED[0].fact_id)]


@pytest.mark.parametrize(
    ("known", "said", "field", "gist"),
    [
        ([], fact(ONE, Kind.CONFIRMED), "leg", "Say which leg was confirmed"),
        ([], fact(ONE, Kind.INSTRUCTED), "leg", "Say which leg was instructed"),
        ([], fact(ONE, Kind.RETURNED), "leg", "Say which leg was returned"),
        ([], fact(ONE, Kind.EXPECTED), "leg", "Say which leg was expected"),
        (
            [],
            fact(ONE, Kind.CONFIRMED, Leg.COVER_FIAT),
            "leg",
            "T-1 does not track cover fiat; it has client fiat, client crypto",
        ),
        *[([], fact(ONE, kind, FIAT, note="  "), "note", "Write the reason why it is") for kind in (Kind.FAILED, Kind.MISMATCH)],
        *[
            ([], fact(ONE, kind, note=""), "note", "Write the reason why it is")
            for kind in (Kind.CANCELLED, Kind.RESOLVED, Kind.NOTED)
        ],
        ([], fact(ONE, Kind.CONFIRMED, FIAT, amount=Decimal(0)), "amount", "above zero"),
        ([], fact(ONE, Kind.CONFIRMED, FIAT, amount=Decimal(-5)), "amount", "above zero"),
        (
            [],
            fact(ONE, Kind.CONFIRMED, FIAT, "2024-03-04 09:59"),
            "happened_at",
            "is before the trade at 2024-03-04 02:00:00 UTC",
        ),
        ([], fact(ONE, Kind.CONFIRMED, FIAT, "2024-03-04 11:06", "2024-03-04 11:00"), "happened_at", "has not come yet"),
        (
            [CANCELLED],
            fact(ONE, Kind.CONFIRMED, FIAT, "2024-03-04 12:00"),
            "kind",
            "T-1 is cancelled; reverse the cancellation first",
        ),
        ([CANCELLED], fact(ONE, Kind.CANCELLED, None, "2024-03-04 12:00"), "kind", "T-1 is cancelled"),
        (LANDED[:1], fact(ONE, Kind.CANCELLED, None, "2024-03-04 13:00"), "kind", "A leg has landed"),
        (LANDED, fact(ONE, Kind.FAILED, None, "2024-03-05 12:00"), "kind", "All legs have landed"),
        ([], fact(ONE, Kind.RETURNED, FIAT), "leg", "Client fiat has not landed, so it cannot come back"),
        (LANDED, fact(ONE, Kind.RETURNED, FIAT, "2024-03-04 11:59"), "happened_at", "cannot have come back before that"),
        (LANDED, fact(ONE, Kind.REVERSED, evidence="nothing"), "evidence", "Name the fact to withdraw"),
        (WITHDRAWN, fact(ONE, Kind.REVERSED, evidence=LANDED[0].fact_id), "evidence", "not in force"),
        (
            [],
            fact(ONE, Kind.AMENDED, evidence="client_amount_idr"),
            "evidence",
            "'client_amount_idr' cannot be amended; what can is bank_account_id",
        ),
        ([], fact(ONE, Kind.EXPECTED, FIAT), "due_at", "Give the time agreed"),
        ([], fact(ONE, Kind.EXPECTED, FIAT, due_at=at("2024-03-04 09:00")), "due_at", "after the trade"),
    ],
)
def test_a_word_that_cannot_be_is_refused(known: list[Fact], said: Fact, field: str, gist: str) -> None:
    """The sentence says why, and the field it concerns is named."""
    with pytest.raises(Refused) as refused:
        check_fact(ONE, known, said)
    assert gist in str(refused.value)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([], fact(ONE, Kind.CONFIRMED, FIAT, "2024-03-04 11:05", "2024-03-04 11:00")),  # a bank's clock may be five minutes ahead
        ([CANCELLED], fact(ONE, Kind.NOTED)),
        ([CANCELLED], fact(ONE, Kind.REVERSED, None, "2024-03-04 12:00", evidence=CANCELLED.fact_id)),
        (LANDED, fact(ONE, Kind.RETURNED, FIAT, "2024-03-04 12:00")),
        (WITHDRAWN, fact(ONE, Kind.REVERSED, None, "2024-03-04 14:00", evidence=WITHDRAWN[-1].fact_id)),
        ([], fact(ONE, Kind.FAILED)),
        (LANDED[:1], fact(ONE, Kind.FAILED, None, "2024-03-05 12:00")),
    ],
)
def test_a_word_that_can_be_is_taken(known: list[Fact], said: Fact) -> None:
    """What stands beside each refusal just inside its bounds."""
    check_fact(ONE, known, said)


def test_a_covered_trade_has_cover_legs_to_confirm() -> None:
    """The same word that an imported trade refuses."""
    check_fact(trade(cover=Cover.MARKET_MAKER), [], fact(ONE, Kind.CONFIRMED, Leg.COVER_FIAT))


# ---------------------------------------------------------------- through the desk


@pytest.fixture(params=STORE_KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk with one trade of Monday 10:00, on a Monday noon."""
    store = opened(request.param, tmp_path)
    book(store, [(ONE, [])])
    yield desk_on(store, HandClock(at("2024-03-04 12:00")))
    store.close()


def stands(desk: Desk) -> Status:
    """The trade's status on the desk's own clock, from the store."""
    (row,) = desk.rows("open_item", desk.moment(), transaction_id="T-1")
    return Status(str(row["status"]))


def set_clock(desk: Desk, local: str) -> None:
    """Put the desk's clock."""
    assert isinstance(desk.clock, HandClock)
    desk.clock.set(local)


def test_a_word_said_twice_changes_nothing(desk: Desk) -> None:
    """A double click, a replay: one fact."""
    for _ in range(2):
        desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:00"), evidence="BCA 77")
        set_clock(desk, "2024-03-04 12:01")
    (found,) = desk.store.facts(["T-1"])["T-1"]
    assert (found.actor, found.evidence, found.recorded_at) == ("ops-1", "BCA 77", at("2024-03-04 12:00"))


def test_a_refused_word_leaves_nothing(desk: Desk) -> None:
    """Neither a fact nor a change of status."""
    mark = desk.store.last_change()
    with pytest.raises(Refused):
        desk.say(Kind.RETURNED, "T-1", "ops-1", leg=FIAT, note="came back")
    with pytest.raises(Refused, match="There is no trade T-9"):
        desk.say(Kind.NOTED, "T-9", "ops-1", note="hello")
    with pytest.raises(Refused, match="is not a time"):
        desk.say(Kind.AMENDED, "T-1", "ops-1", evidence="needed_by", note="tomorrow")
    assert desk.store.last_change() == mark
    assert desk.store.facts(["T-1"]) == {"T-1": []}


def test_a_part_then_the_rest_settles(desk: Desk) -> None:
    """Part of the rupiah, the coins, the rest: settled with the last, recognised then."""
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 10:10"), amount=ONE.client_amount_idr / 2)
    assert stands(desk) is Status.PENDING
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=COINS, happened_at=at("2024-03-04 10:20"))
    assert stands(desk) is Status.PENDING
    assert desk.pnl("settlement", "all", desk.moment()) == []
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:50"), amount=ONE.client_amount_idr / 2)
    assert stands(desk) is Status.SETTLED
    (row,) = desk.pnl("settlement", "day", desk.moment())
    assert (row.key, row.trades, row.net_pnl_idr) == ("2024-03-04", 1, ONE.net_pnl_idr)
    assert desk.pnl("settlement", "all", desk.moment(at("2024-03-04 11:49"))) == []


def test_an_excess_is_reconciling_before_its_window_ends(desk: Desk) -> None:
    """Money that is not ours is looked at now, not after the window."""
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:00"), amount=ONE.client_amount_idr + 1_000)
    assert stands(desk) is Status.RECONCILING


def test_a_return_in_april_leaves_march_as_it_was(desk: Desk) -> None:
    """March keeps its profit, April gives it back; as of the end of March nobody knew."""
    for leg in (FIAT, COINS):
        desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=leg, happened_at=at("2024-03-04 11:00"))
    set_clock(desk, "2024-04-02 10:00")
    desk.say(Kind.RETURNED, "T-1", "ops-1", leg=FIAT, note="closed account")
    assert stands(desk) is Status.FAILED
    months = {row.key: row.net_pnl_idr for row in desk.pnl("settlement", "month", desk.moment())}
    assert months == {"2024-03": ONE.net_pnl_idr, "2024-04": ONE.net_pnl_idr.copy_negate()}
    (before,) = desk.pnl("settlement", "month", desk.moment(at("2024-03-31 23:59")))
    assert (before.key, before.trades) == ("2024-03", 1)


def test_a_mistake_is_reversed(desk: Desk) -> None:
    """Failed by mistake: withdrawn, the trade is as it was, and both words stay in its history."""
    desk.say(Kind.FAILED, "T-1", "ops-1", note="wrong trade")
    assert stands(desk) is Status.FAILED
    (mistake,) = desk.store.facts(["T-1"])["T-1"]
    set_clock(desk, "2024-03-04 12:10")
    desk.say(Kind.REVERSED, "T-1", "ops-2", evidence=mistake.fact_id, note="it was another trade")
    assert stands(desk) is Status.PENDING
    assert [said.kind for said in desk.trade("T-1")[1]] == [Kind.FAILED, Kind.REVERSED]


def test_resolved_items_leave_the_aging_list_until_new_trouble(desk: Desk) -> None:
    """A person took the decision; a new mismatch puts the trade back on the list."""
    set_clock(desk, "2024-03-06 12:00")
    assert [row.transaction_id for row in open_items(desk, desk.moment())] == ["T-1"]
    desk.say(Kind.RESOLVED, "T-1", "ops-1", note="netted with the next trade")
    assert open_items(desk, desk.moment()) == []
    assert len(open_items(desk, desk.moment(at("2024-03-06 11:59")))) == 1
    set_clock(desk, "2024-03-07 12:00")
    desk.say(Kind.MISMATCH, "T-1", "ops-1", note="it was not netted")
    assert [row.why for row in open_items(desk, desk.moment())] == ["does not agree"]


def test_an_amended_bank_changes_what_is_shown_and_no_figure(desk: Desk) -> None:
    """Details that are no commercial term are put right by a fact."""
    desk.say(Kind.AMENDED, "T-1", "ops-1", evidence="bank_account_id", note="BANK-IDR-002")
    (row,) = desk.rows("open_item", desk.moment(), transaction_id="T-1")
    assert row["bank_account_id"] == "BANK-IDR-002"
    assert row["client_amount_idr"] == ONE.client_amount_idr


def as_status(one: Trade, facts: list[Fact]) -> Status:
    """The status of a trade once all is over."""
    return status_of(project(one, facts, rules()).state, at("2026-01-01 00:00"))


def test_a_cancellation_can_be_withdrawn_and_the_trade_settles() -> None:
    """Both sides called it off, then dealt after all."""
    back = fact(ONE, Kind.REVERSED, None, "2024-03-04 11:30", evidence=CANCELLED.fact_id)
    assert as_status(ONE, [CANCELLED]) is Status.CANCELLED
    assert as_status(ONE, [CANCELLED, back, *LANDED]) is Status.SETTLED


def test_a_trade_inside_its_window_cannot_be_resolved_out_of_sight(desk: Desk) -> None:
    """Resolving is for open problems; a pending trade would leave the list before it could be seen to be late."""
    with pytest.raises(Refused, match="nothing to resolve"):
        desk.say(Kind.RESOLVED, "T-1", "ops-1", note="looks fine")
    assert desk.store.facts(["T-1"])["T-1"] == []


def test_better_evidence_of_the_same_landing_moves_the_profit_with_the_leg(desk: Desk) -> None:
    """A person says 11:00, the bank's own time is 11:30: the leg and the recognition are dated by what came in later."""
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:00"))
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=Leg.CLIENT_CRYPTO, happened_at=at("2024-03-04 10:30"))
    set_clock(desk, "2024-03-04 12:01")
    projection = desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:30"))
    assert (projection.state.final_at, projection.state.recognised_at) == (at("2024-03-04 11:30"), at("2024-03-04 11:30"))
    assert projection.turns == ()


def test_a_return_is_of_the_whole_leg(desk: Desk) -> None:
    """An amount on a return would look like a part and be taken for the whole; so it is refused."""
    desk.say(Kind.CONFIRMED, "T-1", "ops-1", leg=FIAT, happened_at=at("2024-03-04 11:00"))
    with pytest.raises(Refused, match="of the whole leg"):
        desk.say(Kind.RETURNED, "T-1", "ops-1", leg=FIAT, amount=Decimal(2_500), note="came back")
