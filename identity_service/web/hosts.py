"""Refuses requests that come by a strange host name.

Against DNS rebinding: a website can point a name of its own at 127.0.0.1, and is then, to the browser, of the same
origin as the mailbox. Its requests carry that name in Host.
"""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from identity_service.loopback import is_loopback


class HostGuard:
    """Lets through what names loopback or the configured address, and answers 421 to all else (RFC 9110, 15.5.20)."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self._app = app
        self._configured = host_name(address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._app
        if scope["type"] == "http" and not self._admits(host_name(Headers(scope=scope).get("host", ""))):
            text = f"This address is not served here. Use http://127.0.0.1 or {self._configured}.\n"
            app = PlainTextResponse(text, status_code=421)
        await app(scope, receive, send)

    def _admits(self, name: str) -> bool:
        return bool(name) and (name == self._configured or is_loopback(name))


def host_name(text: str) -> str:
    """The host of `host`, `host:port` or `[address]:port`, in lower case."""
    if text.startswith("["):
        return text[1:].partition("]")[0].lower()
    name, colon, port = text.rpartition(":")
    return (name if colon and port.isdecimal() else text).lower()
