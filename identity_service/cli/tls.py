"""The TLS files of the gRPC server, from the settings."""

from pathlib import Path

from identity_service.rpc.transport import TlsFiles
from identity_service.settings import Settings, SettingsRefused


def tls_files(settings: Settings) -> TlsFiles | None:
    """Raises `SettingsRefused` when only one half of the pair is set, or a file cannot be read."""
    if settings.tls_certificate is None and settings.tls_key is None and settings.tls_client_ca is None:
        return None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsRefused("IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY must be set together")
    _require_readable("IDENTITY_TLS_CERTIFICATE", settings.tls_certificate)
    _require_readable("IDENTITY_TLS_KEY", settings.tls_key)
    if settings.tls_client_ca is not None:
        _require_readable("IDENTITY_TLS_CLIENT_CA", settings.tls_client_ca)
    return TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)


def _require_readable(setting: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingsRefused(f"{setting}: cannot read {path}: {error.strerror}") from None
