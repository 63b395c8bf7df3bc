"""Hashes of other schemes and costs: accepted, and replaced when their owner signs in."""

from uuid import UUID

import pytest
from structlog.testing import capture_logs

from identity_service.identity.errors import CredentialsRejected
from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.errors import DatabaseUnavailable
from identity_service.storage.tables import sessions, users
from tests.services.at_once import all_at_once, meanwhile
from tests.services.household import QUICK_HASH, Household
from tests.services.old_hashes import KEPT
from tests.services.old_hashes import PASSWORD as KEPT_PASSWORD
from tests.services.statements import counted

ADA, TODAY = "ada@example.com", QUICK_HASH
DJANGOS = next(iter(KEPT))


@pytest.fixture
def ada(household: Household) -> UUID:
    """The id of ada@example.com, whose password another system has hashed."""
    user_id = household.user(ADA).id
    household.set_hash(user_id, DJANGOS)
    return user_id


def kept(household: Household) -> str:
    return str(household.rows(users)[0]["password_hash"])


def sign_in(household: Household, password: str = KEPT_PASSWORD) -> object:
    return household.journeys.sign_in(household.call(), ADA, password)


@pytest.mark.parametrize("encoded", KEPT)
def test_a_hash_of_any_scheme_lets_its_owner_in_and_is_renewed(household: Household, ada: UUID, encoded: str):
    household.set_hash(ada, encoded)
    with pytest.raises(CredentialsRejected):
        sign_in(household, "wrong-quilt-ember-42")
    assert kept(household) == encoded
    assert sign_in(household)
    assert kept(household).startswith(TODAY)
    assert sign_in(household)


def test_a_hash_of_another_cost_is_renewed_and_one_of_todays_stays(household: Household, ada: UUID):
    sign_in(household)
    before = kept(household)
    sign_in(household)
    assert kept(household) == before
    with household.restarted(IDENTITY_PASSWORD_PASSES="3") as dearer:
        sign_in(dearer)
        assert kept(dearer).startswith("$argon2id$v=19$m=19456,t=3,p=1$")


def test_a_renewal_never_overwrites_a_password_that_was_set_meanwhile(household: Household, ada: UUID):
    with meanwhile(household.core.database, "UPDATE users", lambda: household.set_hash(ada, "newer")):
        assert sign_in(household)
    assert kept(household) == "newer"


def test_first_sign_ins_at_once_all_succeed(household: Household, ada: UUID):
    """The renewal by one of them is no change of the password, which would refuse the others."""
    ended = all_at_once([lambda: sign_in(household)] * 4)
    assert not [one for one in ended if isinstance(one, Exception)]
    assert len(household.rows(sessions)) == 4
    assert kept(household).startswith(TODAY)


def test_a_database_that_goes_away_before_the_renewal_lets_the_owner_in(household: Household, ada: UUID):
    def go_away() -> None:
        raise DatabaseUnavailable()

    with capture_logs() as logs, meanwhile(household.core.database, "UPDATE users", go_away):
        assert sign_in(household)
    assert kept(household) == DJANGOS
    assert [entry["event"] for entry in logs] == ["password_hash_not_renewed"]


def test_a_user_without_a_password_is_refused_like_an_unknown_one(household: Household, ada: UUID):
    household.set_hash(ada, "")
    texts = []
    for email in (ADA, "nobody@example.com"):
        for password in (KEPT_PASSWORD, ""):
            with counted(household.core.database) as statements, pytest.raises(CredentialsRejected):
                household.journeys.sign_in(household.call(), email, password)
            texts.append(statements.texts)
    assert texts[0] == texts[1] == texts[2] == texts[3]


def test_a_reset_gives_a_password_to_who_had_none(household: Household, ada: UUID):
    household.set_hash(ada, "")
    queued = household.journeys.start_password_reset(household.call(), ADA, ResetMethod.LINK)
    link = household.letter(queued.notification_id).link
    household.journeys.confirm_password_reset(household.call(), link, "walnut-comet-drizzle-7")
    assert sign_in(household, "walnut-comet-drizzle-7")
