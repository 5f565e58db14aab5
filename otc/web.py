"""HTTP routes beside the pages: whether the desk is well."""

import asyncio
from importlib.metadata import PackageNotFoundError, version

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from otc.errors import OtcError
from otc.runtime import House, address


def health(house: House) -> tuple[dict[str, object], int]:
    """What /healthz answers, and its HTTP status: 200 where the store answers, 503 with the sentence where it does not."""
    there = address()
    told: dict[str, object] = {"ok": True, "store": str(there.place), "label": "", "version": release()}
    try:
        told["label"] = house.wired(there).desk.store.meta.label or "LIVE"
    except OtcError as error:
        return told | {"ok": False, "problem": str(error)}, 503
    return told, 200


def release() -> str:
    """The installed version of the desk; `source` where it runs from a checkout."""
    try:
        return version("otc-desk")
    except PackageNotFoundError:
        return "source"


def routes(house: House) -> list[Route]:
    """The desk's own routes; they change nothing, so they ask for no key."""

    async def healthz(_: Request) -> JSONResponse:
        told, status = await asyncio.to_thread(health, house)
        return JSONResponse(told, status)

    return [Route("/healthz", healthz, methods=["GET"])]
