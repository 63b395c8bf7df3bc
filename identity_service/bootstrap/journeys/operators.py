"""The journeys of those who run the service, or a tenant of it."""

from identity_service.bootstrap.core import Core
from identity_service.bootstrap.journeys.parts import Parts, recording
from identity_service.bootstrap.profile_checks import profile_checks
from identity_service.identity.challenge_list import ChallengeList
from identity_service.identity.export_user import ExportUser
from identity_service.identity.import_users import ImportUsers
from identity_service.identity.user_accounts import UserAccounts
from identity_service.tenants.api_keys import ApiKeys
from identity_service.tenants.key_directory import KeyDirectory
from identity_service.tenants.tenants import Tenants


def user_accounts(parts: Parts) -> UserAccounts:
    return UserAccounts(**parts.recording)


def import_users(parts: Parts) -> ImportUsers:
    return ImportUsers(database=parts.database, audit=parts.audit, rules=parts.rules, clock=parts.clock)


def export_user(parts: Parts) -> ExportUser:
    return ExportUser(database=parts.database, audit=parts.audit)


def challenge_list(parts: Parts) -> ChallengeList:
    return ChallengeList(database=parts.database, clock=parts.clock)


def tenants(core: Core, parts: Parts) -> Tenants:
    return Tenants(**parts.recording, directory=core.tenants, checks=profile_checks(core.settings))


def api_keys(core: Core, directory: KeyDirectory | None = None) -> ApiKeys:
    """Makes and ends the keys that backends call with; `directory` is where this process looks them up."""
    return ApiKeys(**recording(core), directory=directory or KeyDirectory(core.database, core.clock))
