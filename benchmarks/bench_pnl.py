"""Month-end PnL at a million trades in under 150 ms, beside a bare sum by month over a table of two columns."""

from pathlib import Path

import duckdb
import pytest

from benchmarks.conftest import MILLION, desk_on, milliseconds, say
from otc.reports import month_report

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
BOUND_MS = 150


def test_month_end_profit_takes_under_150_ms(five_thousand_open: Path) -> None:
    """Settlement basis of all months with its five sums, as the desk gives it to the page and the command line."""
    with desk_on(five_thousand_open) as desk:
        moment = desk.moment()
        assert sum(row.trades for row in desk.pnl("settlement", "month", moment)) > MILLION * 0.9
        asked = milliseconds(lambda: desk.pnl("settlement", "month", moment))
        whole = milliseconds(lambda: month_report(desk, "2024-06", moment), times=3)
    say("month-end PnL, median", {"desk": asked, "bare sum": _bare_sum(), "bound": BOUND_MS}, "ms")
    say("a month's whole report, its bridge and its trades one by one", {"desk": whole}, "ms")
    assert asked < BOUND_MS


def _bare_sum() -> float:
    """A million amounts summed by month from a table that has nothing else."""
    amounts = f"SELECT 202401 + i % 12 AS month, (i * 2358.055123)::DECIMAL(38,18) AS net FROM range({MILLION}) AS t(i)"
    with duckdb.connect() as plain:
        plain.execute(f"CREATE TABLE plain AS {amounts}")
        return milliseconds(lambda: plain.execute("SELECT month, sum(net) FROM plain GROUP BY 1 ORDER BY 1").fetchall())
