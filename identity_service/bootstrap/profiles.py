"""What is made of a tenant's profile for those who need it: each part is made once, and kept by what it is made of."""

from collections.abc import Callable
from functools import lru_cache

from identity_service.bootstrap import configured
from identity_service.identity.limits import Limits, Rule
from identity_service.identity.register import RegistrationRules
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.compose import Composer
from identity_service.settings import Settings
from identity_service.tenants.directory import TenantDirectory
from identity_service.tenants.profile import TenantProfile

_MOST_KEPT = 1024
_RULES = frozenset(Rule)


def default_profile(settings: Settings) -> TenantProfile:
    """What holds for a tenant that has set nothing. Raises `SettingsRefused`."""
    rules = configured.registration_rules(settings)
    return TenantProfile(
        brand_name=settings.brand_name,
        public_url=settings.resolved_public_url,
        from_address=settings.from_,
        user_types=rules.user_types,
        hide_taken_addresses=rules.hides_taken_addresses,
    )


def registration_rules(directory: TenantDirectory) -> Callable[[str], RegistrationRules]:
    """Who may register with a tenant."""

    def rules_of(tenant_id: str) -> RegistrationRules:
        profile = directory.get(tenant_id)
        return RegistrationRules(profile.user_types, profile.hide_taken_addresses)

    return rules_of


def limits(directory: TenantDirectory, base: Limits) -> Callable[[str], Limits]:
    """The rates that hold in a tenant: the configured ones, and those of its own."""

    @lru_cache(_MOST_KEPT)
    def changed(own: tuple[tuple[str, str], ...]) -> Limits:
        return base.changed({name: rate for name, rate in own if name in _RULES})

    return lambda tenant_id: changed(directory.get(tenant_id).limits)


def brands(directory: TenantDirectory) -> Callable[[str], Brand]:
    """How the mails of a tenant look."""
    made = lru_cache(_MOST_KEPT)(brand)
    return lambda tenant_id: made(directory.get(tenant_id))


def composers(directory: TenantDirectory) -> Callable[[str], Composer]:
    """Composes the mails of a tenant, from its own address."""
    made = lru_cache(_MOST_KEPT)(Composer)
    return lambda tenant_id: made(directory.get(tenant_id).from_address)


def brand(profile: TenantProfile) -> Brand:
    """The profile's brand; what it leaves empty is the brand's default. Raises `BrandRefusedError`."""
    colours = {name: getattr(profile, name) for name in ("accent", "on_accent", "accent_on_dark")}
    return Brand(
        profile.brand_name,
        profile.public_url,
        support_address=profile.support_address or None,
        logo_url=profile.logo_url or None,
        footer=profile.footer,
        **{name: colour for name, colour in colours.items() if colour},
    )
