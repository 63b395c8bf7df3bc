"""The folders that `dev` and `migrate` make. No other command does: to look at a service is not to set one up."""

from pathlib import Path

from identity_service.bootstrap import configured
from identity_service.settings import Settings, SettingsRefused


def prepare_data_dir(configuration: Settings) -> None:
    """Make the data folder and that of the database's file. Raises `SettingsRefused`."""
    _make(configuration.data_dir, "IDENTITY_DATA_DIR")
    prepare_database_folder(configuration)


def prepare_database_folder(configuration: Settings) -> None:
    """Make the folder of the database's file, if it is one. Raises `SettingsRefused`."""
    file = configured.database(configuration).file
    if file is not None:
        _make(
            file.parent,
            "IDENTITY_DATABASE_URL" if configuration.database_url.get_secret_value() else "IDENTITY_DATA_DIR",
        )


def _make(folder: Path, setting: str) -> None:
    """For the owner alone: here lie keys, addresses and mails with codes."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsRefused(f"{setting}: cannot make the folder {folder}: {error.strerror}") from None
