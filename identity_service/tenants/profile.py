"""What a tenant may have of its own, and what of it holds for a tenant that has set nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

OPERATORS_TENANT = "default"
"""The tenant of whoever runs the service: it is there from the first migration, and sees to the others."""

DISPLAY_NAME = "display_name"
"""What operators call a tenant: a field of its own in the contract's profile, though nothing follows from it."""

CONTRACT_PATHS = {
    DISPLAY_NAME: "display_name",
    "brand_name": "brand.name",
    "public_url": "brand.public_url",
    "accent": "brand.accent",
    "on_accent": "brand.on_accent",
    "accent_on_dark": "brand.accent_on_dark",
    "logo_url": "brand.logo_url",
    "footer": "brand.footer",
    "support_address": "brand.support_address",
    "from_address": "from_address",
    "sender": "sender_name",
    "user_types": "user_types",
    "hide_taken_addresses": "hide_taken_addresses",
    "limits": "limits",
}
"""Where the contract's TenantProfile has each field, for masks and for errors."""


@dataclass(frozen=True, slots=True)
class TenantProfile:
    """What holds for one tenant. Hashable, so that what is made of it can be kept by it.

    As stored, a profile is a mapping of these names to what the tenant has set, lists for tuples. A colour or an
    address that is empty here is the brand's own default.
    """

    brand_name: str
    public_url: str
    from_address: str
    """`Name <address>`."""
    user_types: tuple[str, ...]
    """As what people may register themselves; the first for those who name none."""
    hide_taken_addresses: bool = True
    accent: str = ""
    on_accent: str = ""
    accent_on_dark: str = ""
    logo_url: str = ""
    footer: str = ""
    support_address: str = ""
    sender: str = ""
    """Name of a configured sender; empty: the default one."""
    limits: tuple[tuple[str, str], ...] = ()
    """Names of rules with rates other than the settings', as text: `("register", "10/1h")`."""

    def changed(self, stored: Mapping[str, Any]) -> Self:
        """This, with what a tenant has set. What another release has stored and this one does not know is left out."""
        known = {field.name for field in fields(self)}
        return replace(self, **{name: _hashable(value) for name, value in stored.items() if name in known})


def _hashable(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, dict):
        return tuple(sorted(value.items()))
    return value
