"""A new key in front changes nothing for anybody; what was made with a removed key is refused, and nothing breaks."""

import pytest

from identity_service import secret_keys
from identity_service.identity.access_tokens import AccessTokenInvalid
from identity_service.identity.errors import ProofRejected, RefreshTokenRejected
from identity_service.ids import new_id
from identity_service.storage.tables import challenges, sessions
from tests.services.household import PASSWORD, Household

ADA = "ada@example.com"


@pytest.fixture
def new_key() -> str:
    return secret_keys.generate()


def id_of(key: str) -> str:
    return key.partition(":")[0]


def test_old_sessions_go_on_under_a_new_key(household: Household, new_key: str):
    household.user()
    tokens = household.sign_in().tokens
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        assert rotated.journeys.verify_access_token("default", tokens.access_token)
        refreshed = rotated.journeys.refresh_session(rotated.call(), tokens.refresh_token)
        assert rotated.journeys.refresh_session(rotated.call(), refreshed.refresh_token)
        assert rotated.rows(sessions)[0]["refresh_key_id"] == id_of(new_key)


def test_a_refresh_is_repeated_alike_by_servers_before_and_after_the_rotation(household: Household, new_key: str):
    """During a roll-out some servers have the new key in front, the others behind."""
    household.user()
    tokens = household.sign_in().tokens
    with (
        household.restarted(IDENTITY_SECRET_KEYS=f"{household.keys},{new_key}") as before,
        household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as after,
    ):
        first = after.journeys.refresh_session(after.call(), tokens.refresh_token)
        second = before.journeys.refresh_session(before.call(), tokens.refresh_token)
        assert first.refresh_token == second.refresh_token
        assert before.journeys.verify_access_token("default", first.access_token)


def test_reuse_is_noticed_across_a_rotation(household: Household, new_key: str):
    household.user()
    tokens = household.sign_in().tokens
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        refreshed = rotated.journeys.refresh_session(rotated.call(), tokens.refresh_token)
        rotated.clock.turn(seconds=11)
        for token in (tokens.refresh_token, refreshed.refresh_token):
            with pytest.raises(RefreshTokenRejected):
                rotated.journeys.refresh_session(rotated.call(), token)


@pytest.mark.parametrize("by_code", [False, True], ids=["link", "code"])
def test_old_mails_work_under_a_new_key(household: Household, new_key: str, by_code: bool):
    registered = household.register()
    proof = household.proof(registered.notification_id)
    link = household.letter(registered.notification_id).link
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        assert rotated.journeys.verify_email(rotated.call(), proof if by_code else link)


def test_a_mail_that_waits_is_written_with_the_key_of_its_challenge(household: Household, new_key: str):
    registered = household.register()
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        rotated.mailroom.delivery.deliver("default", registered.notification_id)
        letter = rotated.letter(registered.notification_id)
    assert household.journeys.verify_email(household.call(), letter.link)


def test_new_challenges_are_made_with_the_new_key(household: Household, new_key: str):
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        rotated.user()
        assert {row["key_id"] for row in rotated.rows(challenges)} == {id_of(new_key)}


def test_both_keys_are_published_the_active_one_first(household: Household, new_key: str):
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        published = [key["kid"] for key in rotated.journeys.access_tokens.jwks()["keys"]]
    assert published == [id_of(new_key), id_of(household.keys)]


def test_a_removed_key_voids_the_mails_made_with_it(household: Household, new_key: str):
    registered = household.register()
    proof, link = household.proof(registered.notification_id), household.letter(registered.notification_id).link
    with household.restarted(IDENTITY_SECRET_KEYS=new_key) as rotated:
        for either in (proof, link):
            with pytest.raises(ProofRejected):
                rotated.journeys.verify_email(rotated.call(), either)


def test_a_removed_key_voids_the_access_tokens_made_with_it(household: Household, new_key: str):
    household.user()
    tokens = household.sign_in().tokens
    with household.restarted(IDENTITY_SECRET_KEYS=new_key) as rotated, pytest.raises(AccessTokenInvalid):
        rotated.journeys.verify_access_token("default", tokens.access_token)


def test_a_removed_key_voids_the_refresh_tokens_made_with_it(household: Household, new_key: str):
    """A key that leaked is removed, and whoever has it can make every refresh token."""
    household.user()
    tokens = household.sign_in().tokens
    with household.restarted(IDENTITY_SECRET_KEYS=new_key) as rotated, pytest.raises(RefreshTokenRejected):
        rotated.journeys.refresh_session(rotated.call(), tokens.refresh_token)


def test_a_token_whose_successor_was_made_with_a_removed_key_is_refused(household: Household, new_key: str):
    household.user()
    tokens = household.sign_in().tokens
    with household.restarted(IDENTITY_SECRET_KEYS=f"{new_key},{household.keys}") as rotated:
        rotated.journeys.refresh_session(rotated.call(), tokens.refresh_token)
    with pytest.raises(RefreshTokenRejected):
        household.journeys.refresh_session(household.call(), tokens.refresh_token)


def test_a_mail_whose_key_was_removed_is_dead_and_says_why(household: Household, new_key: str):
    registered = household.register()
    with household.restarted(IDENTITY_SECRET_KEYS=new_key) as rotated:
        rotated.mailroom.delivery.deliver("default", registered.notification_id)
        mail = rotated.notification(registered.notification_id)
    assert (mail.state, mail.last_error) == ("dead", "the mail could not be written: KeyError")


def test_without_the_old_key_people_sign_in_and_start_anew(household: Household, new_key: str):
    household.user()
    household.code()
    with household.restarted(IDENTITY_SECRET_KEYS=new_key) as rotated:
        assert rotated.journeys.sign_in(rotated.call(), ADA, PASSWORD)
        assert rotated.sign_in()


def test_a_repeated_call_is_answered_under_another_key(household: Household, new_key: str):
    call = household.call(request_id=new_id(), payload=b"first")
    registered = household.register(call=call)
    for keys in (f"{new_key},{household.keys}", new_key):
        with household.restarted(IDENTITY_SECRET_KEYS=keys) as rotated:
            assert rotated.register(call=call) == registered
