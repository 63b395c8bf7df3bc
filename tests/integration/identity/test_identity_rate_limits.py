"""How often who may register, ask for a code, and have a mail sent again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from identity_service.errors import InvalidInput, LimitExceeded
from identity_service.identity.accept_invitation import AcceptCommand
from identity_service.identity.errors import CredentialsRejected, UserNotFound
from identity_service.identity.invite import InviteCommand
from identity_service.identity.passwords import PasswordPolicy, PasswordRefused
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.ids import new_id
from identity_service.storage.tables import notifications, registrations
from tests.services.at_once import all_at_once
from tests.services.household import PASSWORD, Household
from tests.services.statements import counted

ADA = "ada@example.com"


@pytest.fixture
def limited(sqlite_url: str, tmp_path: Path) -> Iterator[Household]:
    """A household whose rate limits are on. They are counted outside the database, so one kind of it will do."""
    with Household(sqlite_url, tmp_path, IDENTITY_RATE_LIMITS="on") as household:
        yield household


def test_three_registrations_an_hour_come_from_one_network(limited: Household):
    for name in ("a", "b", "c"):
        limited.register(f"{name}@example.com")
    with pytest.raises(LimitExceeded) as refusal:
        limited.register("d@example.com")
    assert 0 < refusal.value.retry_after.total_seconds() <= 3600
    assert limited.register("d@example.com", call=limited.call(ip="198.51.100.2"))
    assert len(limited.rows(registrations)) == 4


def test_addresses_of_one_ipv6_network_are_one_client(limited: Household):
    for host in (1, 2, 3):
        limited.register(f"{host}@example.com", call=limited.call(ip=f"2001:db8:0:1::{host}"))
    with pytest.raises(LimitExceeded):
        limited.register("d@example.com", call=limited.call(ip="2001:db8:0:1:ffff::9"))
    assert limited.register("d@example.com", call=limited.call(ip="2001:db8:0:2::1"))


def test_a_registration_that_was_wrong_takes_nothing_from_the_quota(limited: Household):
    for _ in range(5):
        with pytest.raises(InvalidInput):
            limited.register(password="short")
    assert limited.register()


def test_a_repeated_registration_takes_nothing_from_the_quota(limited: Household):
    call = limited.call(request_id=new_id())
    assert len({limited.register(call=call) for _ in range(6)}) == 1


def test_repeats_at_once_take_one_registration_from_the_quota(limited: Household):
    call = limited.call(request_id=new_id())
    assert len(set(all_at_once([lambda: limited.register(call=call)] * 4))) == 1
    assert len({limited.register(f"{name}@example.com") for name in ("a", "b")}) == 2
    with pytest.raises(LimitExceeded):
        limited.register("c@example.com")


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_five_registrations_an_hour_reach_one_mailbox_from_wherever(limited: Household, email: str):
    limited.user(ADA, call=limited.call(ip=""), password="another-quilt-ember-7")
    allowed = 4 if email == ADA else 5
    for host in range(allowed):
        limited.register(email, call=limited.call(ip=f"192.0.2.{host}"))
    with pytest.raises(LimitExceeded):
        limited.register(email, call=limited.call(ip="198.51.100.2"))


def test_one_network_cannot_have_codes_sent_to_everybody(limited: Household):
    for number in range(30):
        limited.journeys.request_code(limited.call(), f"{number}@example.com")
    with pytest.raises(LimitExceeded):
        limited.journeys.request_code(limited.call(), ADA)
    assert limited.journeys.request_code(limited.call(ip="198.51.100.2"), ADA)


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_three_codes_in_ten_minutes_go_to_one_address_known_or_not(limited: Household, email: str):
    limited.user(ADA)
    for _ in range(3):
        limited.journeys.request_code(limited.call(), email)
    with pytest.raises(LimitExceeded) as refusal:
        limited.journeys.request_code(limited.call(ip="198.51.100.2"), email.upper())
    assert 0 < refusal.value.retry_after.total_seconds() <= 600


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_three_resends_in_ten_minutes_go_to_one_address_known_or_not(limited: Household, email: str):
    limited.register(ADA)
    for _ in range(3):
        limited.journeys.resend_verification.to_address(limited.call(), email)
    mails = len(limited.rows(notifications))
    with pytest.raises(LimitExceeded):
        limited.journeys.resend_verification.to_address(limited.call(ip="198.51.100.2"), email)
    assert len(limited.rows(notifications)) == mails


def test_resends_by_id_and_by_address_share_one_quota(limited: Household):
    registered = limited.register(ADA)
    limited.journeys.resend_verification.to_address(limited.call(), ADA)
    for _ in range(2):
        limited.journeys.resend_verification.to_user(limited.call(), registered.user_id)
    with pytest.raises(LimitExceeded):
        limited.journeys.resend_verification.to_user(limited.call(), registered.user_id)


def test_asking_for_an_id_that_nobody_has_takes_nothing_from_anybody(limited: Household):
    for _ in range(5):
        with pytest.raises(UserNotFound):
            limited.journeys.resend_verification.to_user(limited.call(), new_id())


def test_the_limits_of_one_tenant_are_not_those_of_another(limited: Household):
    limited.add_tenant("other")
    for _ in range(3):
        limited.journeys.request_code(limited.call(), ADA)
    assert limited.journeys.request_code(limited.call(tenant="other"), ADA)


def test_a_configured_limit_replaces_the_default(sqlite_url: str, tmp_path: Path):
    rates = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMIT_OTP_REQUEST": "1/10m"}
    with Household(sqlite_url, tmp_path, **rates) as strict:
        strict.journeys.request_code(strict.call(), ADA)
        with pytest.raises(LimitExceeded):
            strict.journeys.request_code(strict.call(), ADA)


@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
def test_five_mails_to_reset_a_password_an_hour_go_to_one_address(limited: Household, email: str):
    limited.user(ADA)
    start = limited.journeys.start_password_reset
    for host in range(5):
        call = limited.call(ip=f"198.51.100.{host}")
        assert start.resend(call, email) if host % 2 else start(call, email, ResetMethod.CODE)
    with counted(limited.core.database) as statements, pytest.raises(LimitExceeded) as refusal:
        start(limited.call(ip="198.51.100.9"), email, ResetMethod.LINK)
    assert 0 < refusal.value.retry_after.total_seconds() <= 3600
    assert not [text for text in statements.texts if "audit_events" not in text]


def test_five_mails_to_reset_a_password_an_hour_come_from_one_network(limited: Household):
    start = limited.journeys.start_password_reset
    for name in "abcde":
        start(limited.call(), f"{name}@example.com", ResetMethod.LINK)
    with pytest.raises(LimitExceeded):
        start(limited.call(), ADA, ResetMethod.LINK)
    for host in range(5):  # the refused request took nothing from the address
        assert start(limited.call(ip=f"198.51.100.{host}"), ADA, ResetMethod.LINK)


def test_sixty_passwords_of_one_network_are_judged_in_ten_minutes(limited: Household, monkeypatch: pytest.MonkeyPatch):
    """Judging one takes the interpreter from all other calls, and refused ones take nothing from the registrations."""
    call = limited.call(request_id=new_id())
    for _ in range(60):
        with pytest.raises(PasswordRefused):
            limited.register(call=call, password="password1234")
    monkeypatch.setattr(PasswordPolicy, "check", None)
    with pytest.raises(LimitExceeded):
        limited.register(call=call, password="password1234")
    monkeypatch.undo()
    assert limited.register(call=limited.call(ip="198.51.100.2"))


def by_reset_link(limited: Household) -> Callable[[str], object]:
    mail = limited.journeys.start_password_reset(limited.call(), ADA, ResetMethod.LINK)
    link = limited.letter(mail.notification_id).link
    return lambda password: limited.journeys.confirm_password_reset(limited.call(), link, password)


def by_invitation(limited: Household) -> Callable[[str], object]:
    inviter = limited.journeys.user_accounts.get_by_email("default", ADA)
    invited = limited.journeys.invite(limited.call(), InviteCommand(inviter.id, "bob@example.com", "user"))
    token = limited.letter(invited.notification_id).token
    return lambda password: limited.journeys.accept_invitation(limited.call(), AcceptCommand(token, password))


@pytest.mark.parametrize("begin", [by_reset_link, by_invitation])
def test_one_link_has_no_more_passwords_judged_than_a_registration(
    limited: Household, begin: Callable[[Household], Callable[[str], object]]
):
    """Its owner may try as often as the password is refused."""
    limited.user(ADA)
    choose = begin(limited)
    for _ in range(59):  # one was judged when the user registered
        with pytest.raises(PasswordRefused):
            choose("password1234")
    with pytest.raises(LimitExceeded):
        choose("walnut-comet-drizzle-7")


def test_passwords_of_one_user_are_not_guessed_from_everywhere_or_nowhere(sqlite_url: str, tmp_path: Path):
    """Whoever took over a session may come from many networks, and not every caller states from which."""
    limits = {"IDENTITY_RATE_LIMITS": "on", "IDENTITY_LIMIT_PASSWORD_CHECK_USER": "4/1h"}
    with Household(sqlite_url, tmp_path, **limits) as limited:
        user = limited.user(ADA)
        for ip in ("", "", "198.51.100.1", "198.51.100.2"):
            with pytest.raises(CredentialsRejected):
                limited.journeys.delete_account(limited.call(ip=ip), user.id, "walnut-comet-drizzle-7")
        with pytest.raises(LimitExceeded):
            limited.journeys.delete_account(limited.call(ip=""), user.id, PASSWORD)
