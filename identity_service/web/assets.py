"""The style sheet and the script of the pages."""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {"pages.css": "text/css", "mailbox.js": "text/javascript"}


def answer(request: Request) -> Response:
    """One file. Browsers ask each time and mostly hear 304, so that a new release shows at once."""
    name = request.path_params["name"]
    if name not in _TYPES:
        raise HTTPException(404)
    body, tag = _read(name)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=_TYPES[name])


@cache
def _read(name: str) -> tuple[bytes, str]:
    body = (files("identity_service.web") / "assets" / name).read_bytes()
    return body, f'"{sha256(body).hexdigest()[:32]}"'
