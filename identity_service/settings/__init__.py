"""Every setting of the service, read once from IDENTITY_* variables and `.env`. Nothing else reads the environment.

`identity-service settings` prints them as the table that stands in docs/settings.md.
"""

from identity_service.settings.fields import DEFAULT_BRAND_NAME, DEFAULT_FROM, Settings
from identity_service.settings.loading import SettingsRefused, load, names, share_metrics, table

__all__ = [
    "DEFAULT_BRAND_NAME",
    "DEFAULT_FROM",
    "Settings",
    "SettingsRefused",
    "load",
    "names",
    "share_metrics",
    "table",
]
