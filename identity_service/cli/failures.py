"""What ends a command and is no bug of ours, in words for the terminal."""

import os
import signal

from identity_service.cli.terminal import complain
from identity_service.settings import SettingsRefused
from identity_service.storage.errors import DatabaseUnavailable

EX_CONFIG = os.EX_CONFIG
"""Exit code (sysexits.h): the configuration is wrong, and a restart is of no use."""
INTERRUPTED = 128 + signal.SIGINT
"""Exit code, as shells have it: Ctrl-C ended the command."""
EX_UNAVAILABLE = os.EX_UNAVAILABLE
"""Exit code: what the command depends on is away, and it may be tried again."""


def reported(error: SettingsRefused | DatabaseUnavailable) -> int:
    """Say it on standard error; answers the exit code."""
    if isinstance(error, SettingsRefused):
        complain(f"identity-service: {error}")
        return EX_CONFIG
    complain(f"identity-service: the database cannot be used: {error.cause}\n→ {error.remedy}")
    return EX_UNAVAILABLE
