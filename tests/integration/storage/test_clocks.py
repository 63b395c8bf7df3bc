"""Machines whose clocks are not in step with the database's."""

from datetime import timedelta

import pytest

from identity_service import secret_keys, settings
from identity_service.cli.doctor.database import database as doctor
from identity_service.clock import utc_now
from identity_service.notification.senders import Level


@pytest.mark.parametrize(("seconds", "warned"), [(0, False), (-4, False), (-60, True), (60, True)])
def test_the_doctor_warns_of_a_clock_that_is_out_of_step(postgres_url: str, seconds: int, warned: bool):
    given = {"IDENTITY_DATABASE_URL": postgres_url, "IDENTITY_SECRET_KEYS": secret_keys.generate()}
    findings = list(doctor(settings.load(given), lambda: utc_now() + timedelta(seconds=seconds)))
    found = [finding for finding in findings if "clock" in finding.text]
    assert [finding.level for finding in found] == [Level.WARNING] * warned
    assert all("NTP" in finding.remedy for finding in found)
