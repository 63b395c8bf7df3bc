"""What the check of a Resend account finds out."""

from identity_service.notification.senders import Level
from tests.services.resend import SENDING_KEY, ResendServer
from tests.services.resend_mails import sender_to


def test_a_check_names_the_domains_that_mails_can_come_from(resend: ResendServer):
    findings = sender_to(resend).check()

    assert [finding.level for finding in findings] == [Level.OK, Level.OK]
    assert findings[1].text == "mails can come from example.org"
    assert resend.mails == []


def test_a_check_accepts_a_key_that_may_only_send(resend: ResendServer):
    (finding,) = sender_to(resend, key=SENDING_KEY).check()

    assert finding.level is Level.OK
    assert "may only send" in finding.text


def test_a_check_says_how_to_mend_a_wrong_key(resend: ResendServer):
    (finding,) = sender_to(resend, key="re_somebody_elses").check()

    assert finding.level is Level.PROBLEM
    assert "https://resend.com/api-keys" in finding.remedy
    assert "re_somebody_elses" not in finding.text + finding.remedy


def test_a_check_finds_an_account_without_a_verified_domain(resend: ResendServer):
    resend.domains = [{"name": "example.org", "status": "pending"}]

    assert sender_to(resend).check()[-1].level is Level.PROBLEM
