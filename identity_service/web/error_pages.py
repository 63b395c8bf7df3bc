"""What people see where there is no page to show."""

from starlette.requests import Request
from starlette.responses import Response

from identity_service.errors import DomainError
from identity_service.web.pages import Pages


class ErrorPages:
    """Handlers for what the pages raise."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def not_found(self, _request: Request, _error: Exception) -> Response:
        """404: no such address, or a mail that was removed meanwhile."""
        text = "The mail may have been removed, or the address is wrong."
        return self._pages.message("There is no such page", text, 404)

    def unavailable(self, _request: Request, error: Exception) -> Response:
        """503: the database is away."""
        text = error.message if isinstance(error, DomainError) else "Try again."
        return self._pages.message("Not available at the moment", text, 503)
