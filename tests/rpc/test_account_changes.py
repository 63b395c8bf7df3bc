"""Changing, leaving and inviting, as callers of AccountService meet them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from identity.v1 import account_service_pb2 as pb
from identity.v1 import account_service_pb2_grpc
from identity.v1.client_context_pb2 import ClientContext

from identity_service.identity.users import UserProfile
from identity_service.storage.tables import users
from tests.rpc.fakes import reason_of, violations_of
from tests.services.household import PASSWORD, Household, Letter
from tests.services.served import served

README = Path(__file__).parents[2] / "README.md"
SECTION = re.compile(r"^### Another address.*?```python\n(?P<code>.*?)```", re.DOTALL | re.MULTILINE)
ADA, NEW, BOB = "ada@example.com", "countess@example.org", "bob@example.com"
Stub = account_service_pb2_grpc.AccountServiceStub


@pytest.fixture
def accounts(household: Household) -> Iterator[Stub]:
    with served(household) as client:
        yield client.accounts


@pytest.fixture
def ada(household: Household) -> UserProfile:
    return household.user(ADA, given_name="Ada")


def letter_of(household: Household, notification_id: str) -> Letter:
    return household.letter(UUID(notification_id))


def start(accounts: Stub, user: UserProfile, new_email: str = NEW) -> pb.StartEmailChangeResponse:
    return accounts.StartEmailChange(
        pb.StartEmailChangeRequest(
            client=ClientContext(ip_address="203.0.113.5"),
            user_id=str(user.id),
            password=PASSWORD,
            new_email=new_email,
        )
    )


def test_who_proves_nothing_is_told_what_would_do(accounts: Stub):
    with pytest.raises(grpc.RpcError) as refused:
        accounts.ConfirmEmailChange(pb.ConfirmEmailChangeRequest())
    assert violations_of(refused.value) == {"proof": "must be exactly one of token, user_code"}


@pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])
def test_an_address_is_changed(household: Household, accounts: Stub, ada: UserProfile, by_code: bool):
    started = start(accounts, ada)
    letter = letter_of(household, started.notification_id)
    if by_code:
        request = pb.ConfirmEmailChangeRequest(user_code=pb.UserCode(user_id=str(ada.id), code=letter.code))
    else:
        request = pb.ConfirmEmailChangeRequest(token=letter.token)
    confirmed = accounts.ConfirmEmailChange(request)
    assert started.expire_time.seconds > 0
    assert (confirmed.user.user_id, confirmed.user.email) == (str(ada.id), NEW)
    assert letter_of(household, confirmed.notification_id).to == ADA


def test_a_refused_change_says_why(household: Household, accounts: Stub, ada: UserProfile):
    with pytest.raises(grpc.RpcError) as refused:
        accounts.ConfirmEmailChange(pb.ConfirmEmailChangeRequest(token="A" * 64))
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.UNAUTHENTICATED, "PROOF_INVALID")
    with pytest.raises(grpc.RpcError) as refused:
        start(accounts, ada, "x@y")
    assert reason_of(refused.value) == "EMAIL_INVALID"
    assert set(violations_of(refused.value)) == {"new_email"}


def test_an_account_is_deleted(household: Household, accounts: Stub, ada: UserProfile):
    request = pb.DeleteAccountRequest(user_id=str(ada.id), password=PASSWORD)
    deleted = accounts.DeleteAccount(request)
    assert letter_of(household, deleted.notification_id).to == ADA
    with pytest.raises(grpc.RpcError) as refused:
        accounts.DeleteAccount(request)
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID")


def test_somebody_is_invited_and_accepts(household: Household, accounts: Stub, ada: UserProfile):
    invited = accounts.InviteUser(pb.InviteUserRequest(inviter_user_id=str(ada.id), email=BOB, user_type="Artist"))
    token = letter_of(household, invited.notification_id).token
    accepted = accounts.AcceptInvitation(
        pb.AcceptInvitationRequest(
            token=token, password=PASSWORD, password_confirmation=PASSWORD, given_name="Bob", locale="ar"
        )
    )
    user = accepted.user
    assert (user.user_id, user.email, user.user_type) == (invited.invitation_id, BOB, "Artist")
    assert (user.given_name, user.locale) == ("Bob", "ar")
    assert letter_of(household, accepted.notification_id).to == BOB


def test_a_suspended_inviter_is_told_so(household: Household, accounts: Stub, ada: UserProfile):
    household.suspend(ada.id)
    with pytest.raises(grpc.RpcError) as refused:
        accounts.InviteUser(pb.InviteUserRequest(inviter_user_id=str(ada.id), email=BOB, user_type="Artist"))
    assert (refused.value.code(), reason_of(refused.value)) == (grpc.StatusCode.FAILED_PRECONDITION, "USER_SUSPENDED")


@pytest.mark.parametrize("user_type", ["", "Artist<script>", "x" * 65, " Artist"])
def test_a_type_that_is_none_is_refused_by_its_field(accounts: Stub, ada: UserProfile, user_type: str):
    with pytest.raises(grpc.RpcError) as refused:
        accounts.InviteUser(pb.InviteUserRequest(inviter_user_id=str(ada.id), email=BOB, user_type=user_type))
    assert set(violations_of(refused.value)) == {"user_type"}


def test_what_the_readme_shows_can_be_pasted(household: Household, accounts: Stub, ada: UserProfile):
    found = SECTION.search(README.read_text())
    assert found is not None
    pasted: dict[str, Any] = {"accounts": accounts}
    exec(found["code"], pasted)
    household.post()
    user_id, ip = str(ada.id), "203.0.113.5"

    pasted["ask_for_new_address"](user_id, PASSWORD, NEW, ip)
    household.post()
    assert pasted["confirm_new_address"](household.letters(NEW)[-1].token, ip).email == NEW
    invitation_id = pasted["invite"](user_id, BOB, "Artist")
    household.post()
    assert pasted["accept_invitation"](household.letters(BOB)[-1].token, PASSWORD, "Bob", ip).user_id == invitation_id
    pasted["delete_account"](user_id, PASSWORD, ip)
    assert [row["email"] for row in household.rows(users)] == [BOB]
