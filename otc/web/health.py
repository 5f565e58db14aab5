"""Whether the desk is well: its store, its market, its release."""

from importlib.metadata import PackageNotFoundError, version

from otc.errors import OtcError
from otc.runtime import House, address
from otc.views.prices import feeds_answer


def health(house: House) -> tuple[dict[str, object], int]:
    """What /healthz answers, and its HTTP status: 200 where the store answers, 503 with the sentence where it does not."""
    there = address()
    told: dict[str, object] = {"ok": True, "store": str(there.place), "label": "", "version": release(), "market": None}
    try:
        wired = house.wired(there)
        desk = wired.desk
        told["label"] = desk.store.meta.label or "LIVE"
        source, zone = desk.settings.desk.market.source, desk.settings.desk.zones.desk
        told["market"] = feeds_answer(wired.market.view(), source, zone)
    except OtcError as error:
        return told | {"ok": False, "problem": str(error)}, 503
    return told, 200


def release() -> str:
    """The installed version of the desk; `source` where it runs from a checkout."""
    try:
        return version("otc-desk")
    except PackageNotFoundError:
        return "source"
