"""What went wrong, as JSON: a sentence, and the field to change where there is one; never a traceback."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from otc.errors import OtcError, Refused

_UNFORESEEN: Final = "Something happened that the desk did not foresee; it is in the log. What was booked stays booked."


def problem(status: int, sentence: str, field: str = "", headers: Any = None) -> JSONResponse:
    """An error as it is answered."""
    return JSONResponse({"error": sentence, "field": field}, status, headers)


async def on_desk_error(_: Request, error: Exception) -> JSONResponse:
    """What the desk refuses is 422, or the status of its route; what it cannot do now is 503."""
    if isinstance(error, Refused):
        return problem(422, str(error), error.field)
    return problem(503, str(error))


async def on_http_error(request: Request, error: Exception) -> JSONResponse:
    """What the server refuses: no such path, not by this method, no key, too large."""
    if not isinstance(error, HTTPException):
        return problem(500, _UNFORESEEN)
    sentence = error.detail
    if error.status_code == 404 and sentence == "Not Found":
        sentence = f"There is nothing at {request.url.path[:100]}; GET /api lists what there is."
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        sentence = f"{request.url.path[:100]} takes {allowed}, not {request.method}."
    return problem(error.status_code, sentence, headers=error.headers)


async def on_bug(_: Request, __: Exception) -> JSONResponse:
    """What nobody foresaw: the sentence for whoever asked, the trace for the log."""
    return problem(500, _UNFORESEEN)


HANDLERS: Final = {OtcError: on_desk_error, HTTPException: on_http_error, Exception: on_bug}
