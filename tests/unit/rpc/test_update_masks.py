"""Which fields of a user an update takes, by its mask (AIP-134)."""

from collections.abc import Sequence

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from identity.v1.user_service_pb2 import UpdateUserRequest, UserProfile

from identity_service.errors import InvalidInput
from identity_service.rpc.converters.user_requests import changes_of


def changes(paths: Sequence[str] = (), **profile: str) -> dict[str, str]:
    request = UpdateUserRequest(profile=UserProfile(**profile), update_mask=FieldMask(paths=paths))  # type: ignore[arg-type]
    return changes_of(request)


def test_the_mask_says_what_is_taken():
    assert changes(["given_name"], given_name="Ada", family_name="King") == {"given_name": "Ada"}


def test_a_name_may_be_emptied():
    assert changes(["family_name"]) == {"family_name": ""}


def test_without_a_mask_all_that_is_given_is_taken():
    assert changes(given_name="Ada", locale="ar") == {"given_name": "Ada", "locale": "ar"}
    assert changes() == {}


def test_a_star_takes_all():
    everything = {"given_name": "Ada", "family_name": "", "user_type": "artist", "locale": "en"}
    assert changes(["*"], **everything) == everything


@pytest.mark.parametrize("path", ["email", "password", "state", "", "profile.given_name", "given_name "])
def test_an_unknown_path_is_named(path: str):
    with pytest.raises(InvalidInput) as refused:
        changes(["given_name", path], given_name="Ada")
    assert [violation.field for violation in refused.value.fields] == ["update_mask.paths[1]"]


def test_what_a_user_must_have_cannot_be_emptied():
    with pytest.raises(InvalidInput) as refused:
        changes(["*"], given_name="Ada")
    assert [violation.field for violation in refused.value.fields] == ["profile.user_type", "profile.locale"]
