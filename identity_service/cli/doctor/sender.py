"""Whether mails can be handed over, and would lead their readers somewhere."""

import os
from collections.abc import Iterator
from pathlib import Path

from identity_service.bootstrap import configured
from identity_service.notification.senders import Finding, Level
from identity_service.notification.senders.capture import CaptureSender
from identity_service.settings import DEFAULT_FROM, Settings


def sender(configuration: Settings) -> Iterator[Finding]:
    opened = configured.sender(configuration)
    if isinstance(opened, CaptureSender) and not opened.path.exists():
        yield _of_folder_to_be(opened.path)
    else:
        yield from opened.check()
    opened.close()
    if configuration.sender.get_secret_value().strip().lower().startswith(("smtp", "resend")):
        yield from _of_real_mails(configuration)


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
            "set IDENTITY_PUBLIC_URL to your front end, which has the page verify-email",
        )
