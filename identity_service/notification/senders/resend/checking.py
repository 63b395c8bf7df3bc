"""What `doctor` says about an account at Resend."""

from collections.abc import Iterator
from typing import Any

from identity_service.deadline import Deadline
from identity_service.notification.senders.base import Finding, Level
from identity_service.notification.senders.failures import SendFailed
from identity_service.notification.senders.resend.account import ResendAccount
from identity_service.notification.senders.resend.answers import Answer, failure_of
from identity_service.notification.senders.resend.client import ResendClient

_VERIFY = "Add and verify the domain of IDENTITY_FROM at https://resend.com/domains."


def findings_about(client: ResendClient, account: ResendAccount, deadline: Deadline) -> list[Finding]:
    """Asks for the domains of the account; a key that may only send is refused there, and is a good one."""
    try:
        answer = client.get("/domains", deadline)
    except SendFailed as failure:
        return [Finding(Level.PROBLEM, failure.text, failure.remedy)]
    if answer.error_name == "restricted_api_key":
        return [Finding(Level.OK, f"{account} knows the key, which may only send: its domains cannot be looked at")]
    if failed := failure_of(answer, str(account)):
        return [Finding(Level.PROBLEM, failed.text, failed.remedy)]
    return [Finding(Level.OK, f"{account} knows the key"), *_domains(answer)]


def _domains(answer: Answer) -> Iterator[Finding]:
    verified = sorted(_verified(answer.data))
    if verified:
        yield Finding(Level.OK, f"mails can come from {', '.join(verified)}")
    else:
        yield Finding(Level.PROBLEM, "the account has no verified domain to send from", _VERIFY)


def _verified(data: Any) -> Iterator[str]:
    domains = data.get("data") if isinstance(data, dict) else None
    for domain in domains if isinstance(domains, list) else ():
        if isinstance(domain, dict) and domain.get("status") == "verified":
            yield str(domain.get("name"))
