"""The senders that the settings name. Each raises `SettingsRefused`, in words that show no password; none connects."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from identity_service.notification.senders import FailoverSender, Sender, SenderDirectory, open_sender
from identity_service.notification.senders.directory import DEFAULT
from identity_service.settings import Settings, SettingsRefused

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_FORM = 'write a JSON object such as {"marketing": "resend://API_KEY@api.resend.com"}'


def directory(settings: Settings, name_of: Callable[[str], str]) -> SenderDirectory:
    """All senders, each backed by the fallback where there is one. `name_of` a tenant is what its profile names."""
    spare = fallback(settings)
    if spare is None:
        return SenderDirectory(by_name(settings), name_of)
    backed = {name: FailoverSender(sender, spare) for name, sender in by_name(settings).items()}
    return SenderDirectory(backed, name_of)


def by_name(settings: Settings) -> dict[str, Sender]:
    """The senders by their names, each by itself."""
    default = _opened("IDENTITY_SENDER", settings.sender.get_secret_value(), settings)
    return {DEFAULT: default} | {
        name: _opened(f"IDENTITY_SENDERS, {name}", url, settings) for name, url in _urls(settings).items()
    }


def names(settings: Settings) -> frozenset[str]:
    """What a tenant may name."""
    return frozenset(_urls(settings))


def fallback(settings: Settings) -> Sender | None:
    """What sends while another sender is failing."""
    url = settings.fallback_sender.get_secret_value()
    return _opened("IDENTITY_FALLBACK_SENDER", url, settings) if url else None


def _urls(settings: Settings) -> Mapping[str, str]:
    given = settings.senders.get_secret_value()
    if not given:
        return {}
    try:
        urls: Any = json.loads(given)
    except ValueError:
        urls = None
    if not isinstance(urls, dict) or not all(isinstance(url, str) for url in urls.values()):
        raise SettingsRefused(f"IDENTITY_SENDERS: {_FORM}")
    for name in urls:
        _require_name(name)
    return urls


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise SettingsRefused("IDENTITY_SENDERS: a name is up to 63 of a-z, 0-9, _ and -, and begins with a letter")
    if name == DEFAULT:
        raise SettingsRefused(f"IDENTITY_SENDERS: the one named {DEFAULT} is IDENTITY_SENDER")


def _opened(setting: str, url: str, settings: Settings) -> Sender:
    try:
        return open_sender(url, default_mailbox=settings.data_dir / "mail")
    except ValueError as error:
        raise SettingsRefused(f"{setting}: {error}") from None
