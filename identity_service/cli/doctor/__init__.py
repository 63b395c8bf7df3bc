"""identity-service doctor: tries everything the service depends on, and says how to mend what is wrong."""

import argparse
from collections.abc import Callable, Iterator

from identity_service import settings
from identity_service.cli.doctor.database import database
from identity_service.cli.doctor.keys import keys
from identity_service.cli.doctor.listening import listening
from identity_service.cli.doctor.sender import sender
from identity_service.cli.doctor.stores import broker, limits
from identity_service.cli.doctor.usable import usable
from identity_service.cli.terminal import say
from identity_service.notification.senders import Finding, Level
from identity_service.settings import Settings, SettingsRefused
from identity_service.telemetry.logging import configure_logging

NOTES = """\
Uses the settings of this shell, connects to everything they name, and sends no mail. Exits with 1 if something is
wrong.
"""

_MARKS = {Level.OK: "ok      ", Level.WARNING: "warning ", Level.PROBLEM: "PROBLEM "}
_AREAS = {
    "settings": usable,
    "keys": keys,
    "listening": listening,
    "database": database,
    "broker": broker,
    "limits": limits,
    "sender": sender,
}


def run(arguments: argparse.Namespace) -> int:
    """0 when there is no problem, 1 when there is one."""
    configuration = settings.load()
    configure_logging(configuration.model_copy(update={"log_level": "error"}))  # the findings say it all
    has_problem = Level.PROBLEM in set(_levels(configuration))
    say("There are problems." if has_problem else "No problems found.")
    return int(has_problem)


def _levels(configuration: Settings) -> Iterator[Level]:
    """Say what each look finds; yields how much it matters. A setting that disturbs several looks is named once."""
    refused: set[Finding] = set()
    for area, look in _AREAS.items():
        for finding in _looked(look, configuration):
            if finding not in refused:
                _say(area, finding)
            if finding.level is Level.PROBLEM and not finding.remedy:
                refused.add(finding)
            yield finding.level


def _looked(look: Callable[[Settings], Iterator[Finding]], configuration: Settings) -> Iterator[Finding]:
    try:
        yield from look(configuration)
    except SettingsRefused as refusal:
        yield Finding(Level.PROBLEM, str(refusal))


def _say(area: str, finding: Finding) -> None:
    say(f"{_MARKS[finding.level]} {area:<9} {finding.text}")
    if finding.remedy:
        say(f"{'':<19}→ {finding.remedy}")
