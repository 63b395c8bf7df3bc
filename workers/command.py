"""What a process of `dramatiq workers` does first."""

import os
import sys

from identity_service import settings
from identity_service.settings import SettingsRefused
from identity_service.telemetry.logging import configure_logging


def connect_or_exit() -> None:
    """Connect to the configured broker. A refused setting ends the process with a sentence, and with it its parent."""
    try:
        configuration = settings.load()
        configure_logging(configuration)
        from workers.cluster import connect  # imported now: some of what it needs logs while it is imported

        connect(configuration)
    except SettingsRefused as refusal:
        sys.stderr.write(f"identity-service: {refusal}\n")
        sys.exit(os.EX_CONFIG)
