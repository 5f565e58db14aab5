"""What prices came to: counted by hand on five prices of two clients."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otc.model import Side
from otc.model.rfq import Component, RfqState, TwoWay
from otc.quoting.hits import ClientHits, ComponentHits, hits
from otc.quoting.rfq import price
from tests.quoting.two_way_cases import COINS, NOON


def priced(client: str, margin_bps: str, skew_bps: str = "0", side: Side | None = Side.BUY) -> TwoWay:
    """A price of two components: a margin alike on both sides, and a skew that moves both prices."""
    made = price(replace(COINS, request=replace(COINS.request, client_id=client, side=side)))
    margin, skew = Decimal(margin_bps), Decimal(skew_bps)
    parts = (Component("margin", margin, margin, margin, margin, ""), Component("skew", skew, -skew, skew, -skew, ""))
    return replace(made, components=parts)


OUTCOMES: list[tuple[TwoWay, RfqState]] = [
    (priced("CLT-001", "8", "1"), "accepted"),
    (priced("CLT-001", "10", "3"), "refused"),
    (priced("CLT-001", "14"), "expired"),
    (priced("CLT-002", "6", "1", Side.SELL), "accepted"),
    (priced("CLT-002", "99"), "withdrawn"),
]


def test_a_client_who_took_one_of_three_prices_dealt_a_third() -> None:
    found = hits(OUTCOMES, NOON).clients
    assert found == (ClientHits("CLT-001", 3, 1), ClientHits("CLT-002", 1, 1))
    assert found[0].ratio == Decimal("0.333333333333333333")


def test_a_component_of_taken_prices_stands_beside_that_of_lost_ones() -> None:
    """Margins 8 and 6 were taken, 10 and 14 lost; the skew counts as the asked side paid it: +1 and -1, against 3 and 0."""
    margin, skew = hits(OUTCOMES, NOON).components
    assert margin == ComponentHits("margin", Decimal(7), Decimal(12))
    assert skew == ComponentHits("skew", Decimal(0), Decimal("1.5"))


@pytest.mark.parametrize(("seconds", "asked"), [(9, 0), (10, 1)])
def test_a_price_that_nobody_ended_is_lost_once_it_ran_out(seconds: int, asked: int) -> None:
    """It stands for ten seconds; until then it says nothing of the client."""
    found = hits([(priced("CLT-001", "8"), "quoted")], NOON + timedelta(seconds=seconds))
    assert sum(client.asked for client in found.clients) == asked


def test_where_nothing_was_lost_there_is_no_mean_of_it() -> None:
    found = hits([(priced("CLT-001", "8"), "accepted")], NOON)
    assert found.components[0] == ComponentHits("margin", Decimal(8), None)


def test_a_price_that_the_desk_withdrew_says_nothing() -> None:
    found = hits([(priced("CLT-002", "99"), "withdrawn")], NOON)
    assert (found.clients, found.components) == ((), ())
