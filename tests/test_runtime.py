"""One desk a process, whoever asks and however many at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from otc.bootstrap import Wired, wire
from otc.errors import StoreError
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

    house = House(opener)
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
    house, there = House(), Address(ROOT / "config", tmp_path / "desk.duckdb")
    with pytest.raises(StoreError, match="There is no store at"):
        house.wired(there)
    wire(there.config, there.place, create=True).desk.store.close()
    assert house.wired(there).desk.store.place == str(there.place)
    house.close()


def test_the_environment_names_the_desk() -> None:
    named = Address.of({"OTC_CONFIG": "elsewhere", "OTC_STORE": "there.duckdb"})
    assert named == Address(Path("elsewhere"), Path("there.duckdb"))
    assert Address.of({}) == Address(Path("config"), Path("data/desk.duckdb"))
