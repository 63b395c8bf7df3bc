"""Whether mails can be handed over, and would lead their readers somewhere."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from identity_service.bootstrap import senders
from identity_service.notification.senders import Finding, Level, Sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.notification.senders.resend import ResendSender
from identity_service.notification.senders.smtp import SmtpSender
from identity_service.settings import DEFAULT_BRAND_NAME, DEFAULT_FROM, Settings

_FALLBACK = "(fallback)"  # no name that a sender could have


def sender(configuration: Settings) -> Iterator[Finding]:
    """Looks at every sender there is, each by itself."""
    named = senders.by_name(configuration)
    if fallback := senders.fallback(configuration):
        named[_FALLBACK] = fallback
    for name, opened in named.items():
        yield from _named(name, _of_one(opened)) if len(named) > 1 else _of_one(opened)
        opened.close()
    if any(isinstance(opened, SmtpSender | ResendSender) for opened in named.values()):
        yield from _of_real_mails(configuration)
        yield from _of_what_readers_see(configuration)
    elif not configuration.resolved_database_url.startswith("sqlite"):
        yield Finding(Level.WARNING, "no mail would reach anybody", "set IDENTITY_SENDER to a mail server or provider")


def _named(name: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    yield from (replace(finding, text=f"{name}: {finding.text}") for finding in findings)


def _of_one(opened: Sender) -> Iterable[Finding]:
    if isinstance(opened, CaptureSender) and not opened.path.exists():
        return [_of_folder_to_be(opened.path)]
    return opened.check()


def _of_folder_to_be(folder: Path) -> Finding:
    """The sender's own check would make it, and the data folder with it."""
    parent = next(path for path in folder.absolute().parents if path.exists())
    if os.access(parent, os.W_OK | os.X_OK):
        return Finding(Level.OK, f"mails will be written to {folder}")
    return Finding(Level.PROBLEM, f"cannot make the folder {folder}", f"make {parent} writable for this user")


def _of_real_mails(configuration: Settings) -> Iterator[Finding]:
    if configuration.from_ == DEFAULT_FROM:
        yield Finding(
            Level.PROBLEM, f"mails would come from {DEFAULT_FROM}", "set IDENTITY_FROM to an address of yours"
        )
    if not configuration.public_url:
        yield Finding(
            Level.PROBLEM,
            f"links in mails would lead to {configuration.resolved_public_url}",
            "set IDENTITY_PUBLIC_URL to your front end, which has the pages that links lead to",
        )


def _of_what_readers_see(configuration: Settings) -> Iterator[Finding]:
    if not configuration.resolved_edge_url.startswith("https://"):
        yield Finding(
            Level.WARNING,
            f"unsubscribe links would lead to {configuration.resolved_edge_url}",
            "before you write to many, set IDENTITY_EDGE_URL to where people reach the HTTP edge by https",
        )
    if configuration.brand_name == DEFAULT_BRAND_NAME:
        yield Finding(
            Level.WARNING, f"mails would speak for {DEFAULT_BRAND_NAME}", "set IDENTITY_BRAND_NAME to your name"
        )
