"""Reads the settings from IDENTITY_* variables and `.env`, and refuses what is none."""

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from identity_service.settings.fields import Settings

PREFIX = "IDENTITY_"
TEST_PREFIX = "IDENTITY_TEST_"  # belongs to the test suite, and may be set while it starts the service
DOTENV = Path(".env")


class SettingsRefused(ValueError):
    """A setting is missing, unknown or wrong; the text says which and how to mend it."""


def load(overrides: dict[str, str] | None = None) -> Settings:
    """The settings of the environment and `.env`; a variable of the environment wins. Raises `SettingsRefused`."""
    values = {**_from_dotenv(), **_from_environment(), **(overrides or {})}
    _refuse_unknown(values)
    try:
        return Settings.model_validate(_by_field(values))
    except ValidationError as error:
        raise SettingsRefused(_explained(error)) from None


def names() -> list[str]:
    """The names of all settings."""
    return [_variable(field) for field in Settings.model_fields]


def table() -> str:
    """All settings as a Markdown table."""
    lines = ["| Setting | Default | Meaning |", "|---|---|---|"]
    for field, info in Settings.model_fields.items():
        default = info.default.get_secret_value() if isinstance(info.default, SecretStr) else info.default
        shown = "" if default in ("", None) else f"`{str(default).lower() if isinstance(default, bool) else default}`"
        lines.append(f"| `{_variable(field)}` | {shown} | {info.description} |")
    return "\n".join(lines)


def _from_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}


def _from_dotenv() -> dict[str, str]:
    written = dotenv_values(DOTENV, interpolate=False)  # a password may hold a `${`
    return {name: value or "" for name, value in written.items() if name.startswith(PREFIX)}


def _refuse_unknown(given: Iterable[str]) -> None:
    known = names()
    for name in given:
        if name not in known and not name.startswith(TEST_PREFIX):
            nearest = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {nearest[0]}?" if nearest else "`identity-service settings` lists them all."
            raise SettingsRefused(f"There is no setting {name}. {hint}")


def _variable(field: str) -> str:
    return PREFIX + field.rstrip("_").upper()


def _by_field(values: Mapping[str, str]) -> dict[str, str]:
    return {field: values[_variable(field)] for field in Settings.model_fields if _variable(field) in values}


def _explained(error: ValidationError) -> str:
    return "\n".join(f"{_variable(str(problem['loc'][0]))}: {problem['msg']}" for problem in error.errors())


def share_metrics(folder: str) -> None:
    """Let the processes started from now on keep their metrics in `folder`, where the HTTP edge collects them.

    A variable of prometheus_client's, which it reads when it is imported.
    """
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
