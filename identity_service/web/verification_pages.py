"""The page that the link of a verification mail leads to in development, in the place of a company's front end.

Opening it changes nothing: scanners open links as well, and must not use one up. Only the button does.
"""

from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from identity_service.calls.call import Call, RequestKey
from identity_service.errors import DomainError, Unavailable
from identity_service.identity.challenges import LinkToken
from identity_service.identity.verify_email import VerifyEmail
from identity_service.ids import new_id
from identity_service.web.commands import sign_in_command
from identity_service.web.forms import posted_form
from identity_service.web.pages import Pages
from identity_service.web.same_origin import comes_from_here

ACTOR = "verification-page"
RPC = "VerifyEmail"
_LONGEST_AGENT = 1024


class VerificationPages:
    """Explains, and on the press of a button verifies."""

    def __init__(self, *, pages: Pages, verify_email: VerifyEmail, tenant_id: str, grpc_address: str) -> None:
        self._pages = pages
        self._verify_email = verify_email
        self._tenant_id = tenant_id
        self._grpc_address = grpc_address

    def explain(self, request: Request) -> Response:
        """What the button will do. Looks nothing up, so that it says nothing about the token either."""
        token = request.query_params.get("token", "")
        if not token:
            text = "Its address lacks the token. Copy the whole link from the mail."
            return self._pages.message("This link is not complete", text, 400)
        # With this id, pressing twice and reloading the result show the first result again.
        return self._pages.answer("verify.html", token=token, request_id=new_id())

    async def verify(self, request: Request) -> Response:
        """Call the journey, as a front end's backend would."""
        if not comes_from_here(request.headers):
            text = "It was sent by another site, or by a browser that does not say which. Open the link of the mail."
            return self._pages.message("This request was refused", text, 403)
        form = await posted_form(request)
        return await run_in_threadpool(self._verified, self._call(request, form), form.get("token", ""))

    def _verified(self, call: Call, token: str) -> Response:
        try:
            verified = self._verify_email(call, LinkToken(token))
        except Unavailable:
            raise
        except DomainError as error:
            return self._pages.answer("refused.html", 400, message=error.message, reason=error.reason)
        command = sign_in_command(self._grpc_address, verified.user.email)
        return self._pages.answer("verified.html", user=verified.user, command=command)

    def _call(self, request: Request, form: dict[str, str]) -> Call:
        return Call(
            tenant_id=self._tenant_id,
            actor=ACTOR,
            ip_address=request.client.host if request.client else "",
            user_agent=request.headers.get("user-agent", "")[:_LONGEST_AGENT],
            request=_request_key(form),
        )


def _request_key(form: dict[str, str]) -> RequestKey | None:
    try:
        return RequestKey(RPC, UUID(form.get("request_id", "")), form.get("token", "").encode())
    except ValueError:
        return None
