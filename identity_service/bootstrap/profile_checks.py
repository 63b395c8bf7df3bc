"""What not every text is good for in a tenant's profile, judged by the parts that will use it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from identity_service.bootstrap import senders
from identity_service.identity.limits import Limits
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.notification.rendering.mailbox_address import MailboxAddress
from identity_service.settings import Settings

Check = Callable[[Any], object]
_BRAND_FIELDS = {
    "brand_name": "name",
    **{name: name for name in ("public_url", "accent", "on_accent", "accent_on_dark", "logo_url", "footer")},
}


def profile_checks(settings: Settings) -> Mapping[str, Check]:
    """Each raises `ValueError` for a value of its field that could not be used."""
    return {
        **{field: partial(_check_brand, of_brand) for field, of_brand in _BRAND_FIELDS.items()},
        "support_address": MailboxAddress.of,
        "from_address": Composer,
        "sender": partial(_check_sender, senders.names(settings)),
        "limits": Limits().changed,
    }


def _check_brand(field: str, value: str) -> None:
    replace(Brand.sample(), **{field: value})


def _check_sender(configured: frozenset[str], name: str) -> None:
    if name not in configured:
        raise ValueError(f"must be one of the configured senders: {', '.join(sorted(configured)) or 'there are none'}")
