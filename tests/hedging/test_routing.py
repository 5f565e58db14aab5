"""Where a child is sent: fees, caps, balances, lots and smallest orders count; limits protect; dust is not left behind."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from otc.hedging.decide import decide
from otc.model.hedge import HedgeState
from tests.hedging.test_decide import NOW, SETTINGS, D, ask, line, parent, still

LATE = NOW + timedelta(seconds=1300)
DEEP = tuple((str(59999 - n), str(60001 + n), "5") for n in range(40))


def sizes(children):
    return {child.venue: child.size for child in children}


def closing(remaining, **changes):
    """A hedge past its horizon: what remains is swept."""
    order = parent(size=D(remaining), **changes)
    return HedgeState(order)


def test_a_cheap_fee_beats_a_cheap_price():
    lines = [
        line("dear", [("59998", "60002", "50")], fee="10", at=LATE),
        line("fair", [("59997", "60003", "50")], fee="2", at=LATE),
    ]
    assert sizes(ask(closing(3), lines, LATE)) == {"fair": D(3)}


def test_a_sale_goes_where_it_brings_most_after_the_fee():
    lines = [
        line("dear", [("59998", "60002", "50")], fee="10", at=LATE),
        line("fair", [("59997", "60003", "50")], fee="2", at=LATE),
    ]
    assert sizes(ask(closing(3, side="sell"), lines, LATE)) == {"fair": D(3)}


def test_a_venue_takes_no_more_than_its_cap_its_balance_and_the_clip():
    lines = still(LATE)
    lines[0] = replace(lines[0], cap=D(3))
    children = decide(closing(30), lines, D(1), D(1), SETTINGS, LATE, {"coinbase": D(2), "okx": D(0)})
    assert sizes(children) == {"binance": D(3), "coinbase": D(2), "kraken": D(10)}


def test_before_the_end_a_child_takes_no_more_than_its_part_of_what_is_shown():
    """40 levels of 5 a dollar apart, 10 bps reach: 60 levels' width, so all 200 are in reach and 15 percent of them are 30."""
    state = HedgeState(parent(size=D(5000), clip=D(1000)))
    (child,) = ask(state, [line("one", DEEP)])
    assert child.size == D(30)


def test_a_limit_is_the_modelled_price_with_protection_on_the_tick_and_inside_the_collar():
    """12 reach the third level, 60,003; two bps more are 60,015.0006; the collar of 1 bp of 60,000 stands at 60,006."""
    wide, narrow = (
        ask(closing(12, clip=D(20), limit_bps=D(bps)), [line("one", DEEP, at=LATE)], LATE)[0].limit_price for bps in (200, 1)
    )
    assert (wide, narrow) == (D("60015.00"), D("60006.00"))


def test_a_sale_s_limit_lies_below():
    (child,) = ask(closing(12, clip=D(20), side="sell"), [line("one", DEEP, at=LATE)], LATE)
    assert child.limit_price == D("59985.01")  # 59,997 less two bps is 59,985.0006, up to the tick


def test_beyond_the_collar_nothing_is_dealt():
    moved = [line("one", [("60999", "61001", "50")], at=LATE)]
    assert ask(closing(3, limit_bps=D(100)), moved, LATE) == ()
    assert sizes(ask(closing(3, limit_bps=D(200)), moved, LATE)) == {"one": D(3)}


def test_a_limit_is_in_the_venue_s_own_currency():
    """At 1.0005 dollars a USDT the collar of 60,600 dollars is 60,569.71 USDT, and the level counts in dollars."""
    tether = replace(line("one", [("60499", "60501", "50")], at=LATE), rate=D("1.0005"))
    (child,) = ask(closing(3, limit_bps=D(100)), [tether], LATE)
    assert child.limit_price == D("60513.10")  # 60,501 and two bps
    (child,) = ask(closing(3, limit_bps=D("89")), [tether], LATE)
    assert child.limit_price == D("60503.74")  # 60,534 dollars


@pytest.mark.parametrize(("until", "sent"), [(1, {"coinbase": D(3)}), (0, {"binance": D(3)})])
def test_a_venue_is_left_out_until_its_time_has_come(until, sent):
    state = replace(closing(3), venue_out_until={"binance": LATE + timedelta(seconds=until)})
    assert sizes(ask(state, still(LATE), LATE)) == sent


def test_stale_crossed_empty_and_unbelievable_books_are_not_dealt_on():
    good = line("good", [("59990", "60010", "50")], at=LATE)
    other = line("other", [("59989", "60012", "50")], at=LATE)
    bad = [
        line("stale", [("59990", "60001", "50")], at=LATE - timedelta(seconds=6)),
        line("crossed", [("60010", "60000", "50")], at=LATE),
        replace(good, book=replace(good.book, venue="empty", asks=())),
        line("stray", [("59700", "59710", "50")], at=LATE),
    ]
    assert sizes(ask(closing(3), [*bad, good, other], LATE)) == {"good": D(3)}
    assert ask(closing(3), bad[:3], LATE) == ()


def test_dust_goes_with_the_last_order_or_is_left_as_an_order_of_its_own():
    """10.00005 with a clip of 10 and a smallest order of 0.0001: ten would leave 0.00005, which no venue takes."""
    first = ask(closing("10.00005", mode="clips"), still(LATE)[:1], LATE)
    assert [child.size for child in first] == [D("9.99995")]
    (rest,) = ask(replace(closing("10.00005"), filled=first[0].size, children=1), still(LATE)[:1], LATE)
    assert rest.size == D("0.0001")
    (last,) = ask(closing("9.00005"), still(LATE)[:1], LATE)
    assert last.size == D("9.00005"), "within the clip it goes along"


def test_a_slice_below_the_smallest_order_is_made_fewer_not_all_at_once():
    """0.001 in 20 minutes where 0.0003 is the least: a few spread over the time, none of them the whole."""
    state, sent = HedgeState(parent(size=D("0.001"))), []
    for second in range(0, 1201, 5):
        now = NOW + timedelta(seconds=second)
        for child in ask(state, still(now, min_size="0.0003"), now):
            sent.append((second, child.size))
            state = replace(state, filled=state.filled + child.size, children=state.children + 1, last_child_at=now)
    assert state.remaining == 0
    assert len(sent) >= 2
    assert all(size >= D("0.0003") for _, size in sent)
    assert sent[-1][0] > 400


def test_sizes_are_whole_lots_and_meet_the_smallest_notional():
    state = HedgeState(parent(size=D(1), horizon_s=36000))
    for child in ask(state, still(lot="0.001", min_notional="100")):
        assert child.size % D("0.001") == 0
        assert child.size * D(59970) >= 100


def test_less_than_any_venue_takes_is_not_sent():
    assert ask(closing("0.00005"), still(LATE), LATE) == ()
    assert ask(closing("0.0001"), still(LATE), LATE) != ()


def test_sizes_and_prices_are_exact_decimals():
    (child, *_) = ask(HedgeState(parent()), still())
    assert all(isinstance(number, Decimal) for number in (child.size, child.limit_price, child.mid))
    assert child.mid == D(60000)
