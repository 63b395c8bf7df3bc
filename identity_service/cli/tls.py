"""The TLS files of the gRPC server, from the settings. Says what is wrong with them: gRPC would only fail to bind."""

import ssl
from pathlib import Path

from identity_service.rpc.transport import TlsFiles
from identity_service.settings import Settings, SettingsRefused


def tls_files(settings: Settings) -> TlsFiles | None:
    """Raises `SettingsRefused` for half a pair, and for a file that cannot be read or holds something else."""
    if settings.tls_certificate is None and settings.tls_key is None and settings.tls_client_ca is None:
        return None
    if settings.tls_certificate is None or settings.tls_key is None:
        raise SettingsRefused("IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY must be set together")
    _require_readable("IDENTITY_TLS_CERTIFICATE", settings.tls_certificate)
    _require_readable("IDENTITY_TLS_KEY", settings.tls_key)
    _require_pair(settings.tls_certificate, settings.tls_key)
    if settings.tls_client_ca is not None:
        _require_readable("IDENTITY_TLS_CLIENT_CA", settings.tls_client_ca)
        _require_authority(settings.tls_client_ca)
    return TlsFiles(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)


def _require_readable(setting: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        raise SettingsRefused(f"{setting}: cannot read {path}: {error.strerror}") from None


def _require_pair(certificate: Path, key: Path) -> None:
    try:
        # An empty passphrase, or OpenSSL would ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except ssl.SSLError:
        raise SettingsRefused(
            f"IDENTITY_TLS_CERTIFICATE and IDENTITY_TLS_KEY: {certificate} and {key} are no certificate (PEM) and its "
            "private key (PEM, without a passphrase)"
        ) from None


def _require_authority(certificate: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(certificate)
    except ssl.SSLError:
        raise SettingsRefused(f"IDENTITY_TLS_CLIENT_CA: {certificate} holds no certificate (PEM)") from None
