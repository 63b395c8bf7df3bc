"""What a tenant's profile may say, where the settings have a say in it."""

import pytest

from identity_service import settings
from identity_service.bootstrap.profile_checks import profile_checks


def test_a_tenant_names_one_of_the_configured_senders():
    configured = settings.load({"IDENTITY_SENDERS": '{"marketing": "console:"}'})
    check = profile_checks(configured)["sender"]
    check("marketing")
    with pytest.raises(ValueError, match="must be one of the configured senders: marketing"):
        check("elsewhere")
