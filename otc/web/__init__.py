"""HTTP beside the pages: /healthz, the desk's verbs under /api, a stream of prices, and the page that describes them.

Request --keys--> actor --bodies--> Body --quotes--> the desk's verb (in a thread) --views--> JSON
                                               \\--problems--> {"error": sentence, "field": name}
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from decimal import Decimal
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from otc.bootstrap import Wired
from otc.money import plain
from otc.runtime import House, address
from otc.web import quotes
from otc.web.bodies import Body, content_of, read_body
from otc.web.health import health, release
from otc.web.keys import actor_of
from otc.web.openapi import document, page
from otc.web.problems import HANDLERS
from otc.web.streams import Streams, told_of_stop

__all__ = ["Streams", "routes", "told_of_stop"]

Endpoint = Callable[[Request], Awaitable[Response]]
_PAGE_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


def routes(house: House, streams: Streams) -> list[BaseRoute]:
    """The desk's own routes. /healthz and the description ask for no key; all that prices or books does."""

    async def healthz(_: Request) -> Response:
        told, status = await asyncio.to_thread(health, house)
        return JSONResponse(told, status)

    def post(path: str, verb: quotes.Verb, fields: Collection[str], *, optional: bool = False) -> Route:
        return Route(path, _posted(house, verb, fields, optional), methods=["POST"])

    api = [
        Route("/", _page, methods=["GET"]),
        post("/quote", quotes.priced, quotes.QUOTE_FIELDS),
        post("/rfq", quotes.quoted, quotes.RFQ_FIELDS),
        post("/rfq/{quote_id}/accept", quotes.accepted, ("side",), optional=True),
        post("/rfq/{quote_id}/refuse", quotes.refused, ("reason",), optional=True),
        post("/rfq/{quote_id}/withdraw", quotes.withdrawn, ("reason",), optional=True),
        Route("/rfq/{quote_id}", _got(house, quotes.kept), methods=["GET"]),
        Route("/params", _got(house, quotes.params), methods=["GET"]),
        Route("/prices", _streamed(house, streams), methods=["GET"]),
    ]
    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/openapi.json", _openapi, methods=["GET"]),
        Route("/api", _page, methods=["GET"]),
        Mount("/api", Starlette(routes=api, exception_handlers=HANDLERS)),
    ]


def _known(house: House, request: Request) -> tuple[Wired, str]:
    """The desk, and whose key the request brings."""
    wired = house.wired(address())
    return wired, actor_of(request.headers, wired.desk.settings.desk.users, os.environ)


def _posted(house: House, verb: quotes.Verb, fields: Collection[str], optional: bool) -> Endpoint:
    """A verb with a body; all that blocks is in one thread, as each change of threads waits for those of the pages."""

    def answered(request: Request, content: bytes) -> Response:
        wired, actor = _known(house, request)
        body = read_body(content, request.headers.get("content-type", ""), fields, optional=optional)
        return JSONResponse(verb(wired, quotes.Asked(actor, request.path_params.get("quote_id", ""), body)))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(answered, request, await content_of(request))

    return endpoint


def _got(house: House, verb: quotes.Verb) -> Endpoint:
    """A verb without a body."""

    def answered(request: Request) -> Response:
        wired, actor = _known(house, request)
        return JSONResponse(verb(wired, quotes.Asked(actor, request.path_params.get("quote_id", ""), Body({}))))

    async def endpoint(request: Request) -> Response:
        return await asyncio.to_thread(answered, request)

    return endpoint


def _streamed(house: House, streams: Streams) -> Endpoint:
    """The prices of a size for as long as somebody listens."""

    def checked(request: Request) -> tuple[str, Decimal]:
        """The pair and the size that are asked for, once they can be priced."""
        wired, _ = _known(house, request)
        asked = Body(dict(request.query_params))
        pair, size = asked.text("pair"), asked.amount("size")
        quotes.check_streamed(wired, pair, size)
        return pair, size

    async def endpoint(request: Request) -> Response:
        """Join the stream of a pair and size."""
        pair, size = await asyncio.to_thread(checked, request)
        name = f"{pair} {plain(size)}"
        if streams.full(name):
            raise HTTPException(503, "Too many different sizes are listened to; take one of them, or come back later.")
        # Asked for anew at each tick: the desk may have been closed and opened meanwhile.
        events = streams.listen(name, lambda: quotes.prices(house.wired(address()), pair, size), request.is_disconnected)
        return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    return endpoint


async def _openapi(_: Request) -> Response:
    return JSONResponse(document(release()))


async def _page(_: Request) -> Response:
    return HTMLResponse(page(document(release())), headers=_PAGE_HEADERS)
