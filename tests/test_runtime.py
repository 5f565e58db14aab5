"""One desk a process, whoever asks and however many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from threading import enumerate as enumerate_threads

import pytest

from otc.bootstrap import Wired, wire
from otc.errors import ConfigError, StoreError
from otc.runtime import Address, House

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def opened() -> list[Path]:
    """The places that were opened, in their order."""
    return []


@pytest.fixture
def house(opened: list[Path]) -> Iterator[House]:
    def opener(config: Path, place: Path) -> Wired:
        opened.append(place)
        return wire(config, place, create=True)

    house = House(opener, {})
    yield house
    house.close()


def test_many_threads_open_a_desk_once(house: House, opened: list[Path], tmp_path: Path) -> None:
    there = Address(ROOT / "config", tmp_path / "desk.duckdb")
    with ThreadPoolExecutor(8) as pool:
        desks = list(pool.map(lambda _: house.wired(there), range(32)))
    assert opened == [there.place]
    assert all(desk is desks[0] for desk in desks)


def test_a_closed_house_opens_anew(house: House, opened: list[Path], tmp_path: Path) -> None:
    there = Address(ROOT / "config", tmp_path / "desk.duckdb")
    first = house.wired(there)
    house.close()
    assert house.wired(there) is not first
    assert opened == [there.place, there.place]


def test_two_stores_are_two_desks(house: House, tmp_path: Path) -> None:
    first, second = (Address(ROOT / "config", tmp_path / f"{name}.duckdb") for name in ("a", "b"))
    assert house.wired(first) is not house.wired(second)


def test_a_desk_that_cannot_be_opened_is_tried_again(tmp_path: Path) -> None:
    """What went wrong once is not remembered: the next visit may find the store there."""
    house, there = House(environment={}), Address(ROOT / "config", tmp_path / "desk.duckdb")
    with pytest.raises(StoreError, match="There is no store at"):
        house.wired(there)
    wire(there.config, there.place, create=True).desk.store.close()
    assert house.wired(there).desk.store.place == str(there.place)
    house.close()


def test_the_environment_names_the_desk() -> None:
    named = Address.of({"OTC_CONFIG": "elsewhere", "OTC_STORE": "there.duckdb"})
    assert named == Address(Path("elsewhere"), Path("there.duckdb"))
    assert Address.of({}) == Address(Path("config"), Path("data/desk.duckdb"))


# ---------------------------------------------------------------- the market that a desk looks at


def looking(source: str) -> House:
    def opener(config: Path, place: Path) -> Wired:
        return wire(config, place, create=True)

    return House(opener, {"OTC_MARKET": source})


def test_a_desk_that_chooses_no_market_sees_none(house: House, tmp_path: Path) -> None:
    wired = house.wired(Address(ROOT / "config", tmp_path / "desk.duckdb"))
    assert (wired.market.view().books, wired.market.view().simulated) == ({}, False)


def test_the_simulated_market_is_chosen_explicitly_and_says_so(tmp_path: Path) -> None:
    house = looking("simulated")
    wired = house.wired(Address(ROOT / "config", tmp_path / "desk.duckdb"))
    view = wired.market.view()
    house.close()
    assert view.simulated
    assert len(view.books) > 8
    assert {book.source for book in view.books.values()} == {"simulated"}
    assert "BTC" in wired.market.signals().mids
    # The screens read the choice from the desk's settings, and requests for quotes price from the same market.
    assert wired.desk.settings.desk.market.source == wired.rfqs.settings.desk.market.source == "simulated"
    assert wired.rfqs.market is wired.market


def test_the_live_market_starts_with_the_first_look_and_ends_with_the_house(tmp_path: Path) -> None:
    before = set(enumerate_threads())
    folder = copytree(ROOT / "config", tmp_path / "config")
    (folder / "venues.yaml").write_text(
        'indodax: {exchange: "indodax", symbols: {USDT/IDR: "usdtidr"}, taker_bps: "30",'
        ' urls: {api: {public: "http://127.0.0.1:9"}}}'
    )
    house = looking("live")
    market = house.wired(Address(folder, tmp_path / "desk.duckdb")).market
    assert {thread.name for thread in set(enumerate_threads()) - before} == set()
    (feed,) = market.view().health
    assert (feed.venue, feed.state) == ("indodax", "down")
    assert {thread.name for thread in set(enumerate_threads()) - before} == {"market"}
    house.close()
    assert set(enumerate_threads()) <= before


def test_a_market_that_there_is_not_opens_no_desk(tmp_path: Path) -> None:
    there = Address(ROOT / "config", tmp_path / "desk.duckdb")
    with pytest.raises(ConfigError, match="OTC_MARKET: 'moon' stands there; allowed is one of live, off, simulated"):
        looking("moon").wired(there)
    house = looking("off")
    assert house.wired(there).desk.store.place == str(there.place)
    house.close()
