"""The RPCs that take an address, each called for addresses that are known and for some that are not."""

from collections.abc import Callable
from dataclasses import dataclass

from identity.v1 import account_service_pb2 as accounts
from identity.v1 import session_service_pb2 as sessions

from benchmarks.enumeration.client import Answer, Client
from benchmarks.enumeration.people import PASSWORD, pending_address, user_address

Call = Callable[[Client, str], Answer]
_WRONG_CODE, _NEW_PASSWORD = "000000", "quartz-lemon-harbour-7"


@dataclass(frozen=True)
class Journey:
    """What is called for an address. `before` comes first, and is not measured."""

    name: str
    known: Callable[[int], str]
    call: Call
    before: Call | None = None

    def measured(self, client: Client, address: str) -> Answer:
        if self.before:
            self.before(client, address)
        client.settle()
        return self.call(client, address)


def _register(client: Client, address: str) -> Answer:
    request = accounts.RegisterUserRequest(
        email=address, password=_NEW_PASSWORD, given_name="Ada", family_name="Lovelace"
    )
    return client.call(client.accounts.RegisterUser, request)


def _resend(client: Client, address: str) -> Answer:
    request = accounts.ResendEmailVerificationRequest(email=address)
    return client.call(client.accounts.ResendEmailVerification, request)


def _verify_email(client: Client, address: str) -> Answer:
    request = accounts.VerifyEmailRequest(email_code=accounts.EmailCode(email=address, code=_WRONG_CODE))
    return client.call(client.accounts.VerifyEmail, request)


def _request_otp(client: Client, address: str) -> Answer:
    return client.call(client.sessions.RequestOtp, sessions.RequestOtpRequest(email=address))


def _verify_otp(client: Client, address: str) -> Answer:
    return client.call(client.sessions.VerifyOtp, sessions.VerifyOtpRequest(email=address, code=_WRONG_CODE))


def _sign_in(client: Client, address: str) -> Answer:
    return client.call(client.sessions.SignIn, sessions.SignInRequest(email=address, password=_NEW_PASSWORD))


def _reset_by(method: accounts.PasswordResetMethod) -> Call:
    def start(client: Client, address: str) -> Answer:
        request = accounts.StartPasswordResetRequest(email=address, method=method)
        return client.call(client.accounts.StartPasswordReset, request)

    return start


def _resend_reset(client: Client, address: str) -> Answer:
    return client.call(client.accounts.ResendPasswordReset, accounts.ResendPasswordResetRequest(email=address))


def _confirm_reset(client: Client, address: str) -> Answer:
    code = accounts.PasswordResetCode(email=address, code=_WRONG_CODE)
    request = accounts.ConfirmPasswordResetRequest(email_code=code, new_password=_NEW_PASSWORD)
    return client.call(client.accounts.ConfirmPasswordReset, request)


def _change_email(client: Client, address: str) -> Answer:
    request = accounts.StartEmailChangeRequest(user_id=client.signed_in_user_id, password=PASSWORD, new_email=address)
    return client.call(client.accounts.StartEmailChange, request)


def _invite(client: Client, address: str) -> Answer:
    request = accounts.InviteUserRequest(inviter_user_id=client.signed_in_user_id, email=address, user_type="user")
    return client.call(client.accounts.InviteUser, request)


_BY_LINK = _reset_by(accounts.PASSWORD_RESET_METHOD_LINK)
_BY_CODE = _reset_by(accounts.PASSWORD_RESET_METHOD_CODE)

JOURNEYS = (
    Journey("RegisterUser", user_address, _register),
    Journey("ResendEmailVerification, to a user", user_address, _resend),
    Journey("ResendEmailVerification, to a joiner", pending_address, _resend),
    Journey("VerifyEmail, wrong code of a joiner", pending_address, _verify_email, before=_resend),
    Journey("RequestOtp", user_address, _request_otp),
    Journey("VerifyOtp, wrong code", user_address, _verify_otp, before=_request_otp),
    Journey("VerifyOtp, none asked for", user_address, _verify_otp),
    Journey("SignIn, wrong password", user_address, _sign_in),
    Journey("StartPasswordReset by link", user_address, _BY_LINK),
    Journey("StartPasswordReset by code", user_address, _BY_CODE),
    Journey("ResendPasswordReset", user_address, _resend_reset, before=_BY_CODE),
    Journey("ConfirmPasswordReset, wrong code", user_address, _confirm_reset, before=_BY_CODE),
    Journey("StartEmailChange", user_address, _change_email),
    Journey("InviteUser", user_address, _invite),
)
