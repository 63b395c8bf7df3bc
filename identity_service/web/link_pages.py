"""The pages that the other links of mails lead to in development: each shows the call that a front end would make.

Opening one changes nothing, and looks nothing up.
"""

import re

from starlette.requests import Request
from starlette.responses import Response

from identity_service.web.commands import link_command, reset_command
from identity_service.web.pages import Pages

PATHS = ("/reset-password", "/confirm-email-change", "/accept-invitation")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{64}")


class LinkPages:
    """Stands in for the pages of a company's front end that need more than a button."""

    def __init__(self, *, pages: Pages, grpc_address: str) -> None:
        self._pages = pages
        self._grpc_address = grpc_address

    def explain(self, request: Request) -> Response:
        """What to do with the token of the link. The notice of a new password links here without one."""
        path, token = request.url.path, request.query_params.get("token")
        if token is None and path == "/reset-password":
            return self._pages.answer("link.html", command=reset_command(self._grpc_address))
        if not _TOKEN.fullmatch(token or ""):
            return self._pages.message("This link is not complete", "Copy the whole link from the mail.", 400)
        return self._pages.answer("link.html", command=link_command(self._grpc_address, path, str(token)))
