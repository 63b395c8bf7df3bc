"""The settings, each with its default and its meaning. Their names are stable."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

DEFAULT_FROM = "Example <no-reply@example.com>"
DEFAULT_BRAND_NAME = "Example"


class Settings(BaseModel):
    """The configuration of one process. Secrets do not show in its `repr`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grpc_address: str = Field("127.0.0.1:50051", description="Where the gRPC service listens.")
    http_address: str = Field(
        "127.0.0.1:8080",
        description="Where the HTTP edge listens: keys, health, metrics, and in `dev` the mailbox.",
    )
    data_dir: Path = Field(Path(".identity"), description="Folder of the embedded database, `dev`'s key and its mail.")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="`postgresql://user:password@host/name` or `sqlite:///path`. Empty: SQLite in the data folder.",
    )
    broker_url: SecretStr = Field(
        SecretStr("embedded"),
        description="`redis://host:6379/0` (Redis 6.2 or newer, `noeviction`), or `embedded`: workers in this process.",
    )
    limits_url: SecretStr = Field(
        SecretStr(""),
        description="Redis database of the rate limits, another one than the broker's. Empty: counted per process.",
    )
    sender: SecretStr = Field(
        SecretStr("capture:"),
        description="`smtp://user:password@host:587?starttls=required`, `smtps://…:465`, "
        "`resend://API_KEY@api.resend.com`, `file:PATH`, `console:`, `capture:PATH` "
        "or `capture:`, which keeps mails in the data folder for the mailbox page.",
    )
    senders: SecretStr = Field(
        SecretStr(""),
        description='Further senders that tenants may name: a JSON object such as `{"marketing": "smtps://…"}`.',
    )
    fallback_sender: SecretStr = Field(
        SecretStr(""),
        description="Takes over while another sender is failing; it must be allowed to send from all addresses that "
        "mails come from. Empty: none does.",
    )
    from_: str = Field(DEFAULT_FROM, description="From of every mail: `Name <address>`. Its domain ends Message-IDs.")
    public_url: str = Field(
        "",
        description="Your front end: links in mails are `PUBLIC_URL/verify-email?token=…`, `/reset-password`, "
        "`/confirm-email-change` and `/accept-invitation`. Empty: the HTTP edge, whose pages for them only `dev` has.",
    )
    edge_url: str = Field(
        "",
        description="Where people reach the HTTP edge, for the unsubscribe links in mails, such as "
        "`https://mail.example.com`: ASCII, at most 500 characters, no `?` or `#`. Empty: `http://` and the HTTP "
        "address.",
    )
    brand_name: str = Field(DEFAULT_BRAND_NAME, description="The name that mails speak in.")
    secret_keys: SecretStr = Field(
        SecretStr(""),
        description="Key ring `id:base64url[,id:base64url…]`, the active key first; "
        "`identity-service secret-keys new` makes a key.",
    )
    token_issuer: str = Field("", description="`iss` of access tokens. Empty: PUBLIC_URL.")
    token_audience: str = Field("", description="`aud` of access tokens. Empty: PUBLIC_URL.")
    user_types: str = Field(
        "user", description="Types that people may register themselves as, comma-separated; the first is the default."
    )
    hide_taken_addresses: bool = Field(
        True,
        description="Whether registration answers alike for an address that has a user, and tells its owner by mail.",
    )
    password_memory_kib: int = Field(
        19456, ge=7168, le=262144, description="KiB of memory that Argon2id takes for a password."
    )
    password_passes: int = Field(
        2, ge=1, le=64, description="Passes over that memory. The time to hash goes with memory times passes."
    )
    password_lanes: int = Field(1, ge=1, le=16, description="Lanes of Argon2id, each a thread while it hashes.")
    password_imported_like: SecretStr = Field(
        SecretStr(""),
        description="While imported users have not all signed in: any hash of the system they came from. Every "
        "password check then takes the time of both schemes, so that nobody can tell who was imported.",
    )
    breached_passwords_url: str = Field(
        "",
        description="Range API that new passwords are looked up in, such as `https://api.pwnedpasswords.com/range`; it "
        "gets five digits of a hash. Empty: nobody is asked.",
    )
    rate_limits: Literal["on", "off"] = Field("on", description="`off` only for load tests.")
    limit_register: str = Field("3/1h", description="Registrations per client network (an IPv6 /64 is one).")
    limit_register_address: str = Field("5/1h", description="Registrations per address, from anywhere.")
    limit_new_password_network: str = Field(
        "60/10m",
        description="New passwords judged per client network, refused ones too; each server process counts for itself.",
    )
    limit_otp_request: str = Field("3/10m", description="One-time codes sent per address.")
    limit_otp_request_network: str = Field("30/10m", description="One-time codes sent per client network.")
    limit_code_network: str = Field(
        "60/10m", description="Codes of all kinds tried per client network; each server process counts for itself."
    )
    limit_sign_in: str = Field("10/15m", description="Password sign-ins per address and client network.")
    limit_sign_in_address: str = Field("100/1h", description="Password sign-ins per address, from anywhere.")
    limit_password_reset_address: str = Field("5/1h", description="Mails to reset a password per address.")
    limit_password_reset_network: str = Field("5/1h", description="Mails to reset a password per client network.")
    limit_verification_resend: str = Field("3/10m", description="Verification mails sent again per address.")
    limit_verification_resend_network: str = Field(
        "30/10m", description="Verification mails sent again per client network."
    )
    limit_password_check: str = Field(
        "10/15m", description="Passwords that a signed-in user gives again, per user and client network."
    )
    limit_password_check_user: str = Field(
        "100/1h", description="Passwords that a signed-in user gives again, per user, from anywhere."
    )
    limit_caller_refused: str = Field(
        "60/1m",
        description="Refused calls per network of the calling backend, or per key. Counted per process.",
    )
    limit_email_change: str = Field("3/1h", description="Changes of the address that a user asks for.")
    limit_invitation: str = Field("20/1h", description="Invitations per inviter.")
    limit_invitation_address: str = Field("5/1h", description="Invitations per invited address.")
    retry_high: str = Field("2,10,60,120,240", description="Seconds before each new try to send a mail with a code.")
    retry_others: str = Field("60,120,240", description="Seconds before each new try to send any other mail.")
    grpc_processes: int = Field(2, ge=1, le=64, description="Server processes that share the gRPC port.")
    grpc_pin_cores: bool = Field(
        False,
        description="Keep each server process on a core of its own. Calls get about a quarter cheaper; only where the "
        "service has its cores to itself, and on Linux.",
    )
    grpc_threads: int = Field(12, ge=1, le=256, description="Calls that a server process works on at once.")
    grpc_streams: int = Field(64, ge=1, le=1024, description="Watchers that a server process serves at once.")
    drain_delay_seconds: float = Field(
        0,
        ge=0,
        le=600,
        description="How long a stopping server, gRPC or HTTP, still takes calls while its health turns them away, so "
        "that a load balancer that asks for it can send them elsewhere first.",
    )
    grpc_drain_seconds: float = Field(20, ge=0, le=600, description="How long a stopping server finishes calls.")
    worker_threads: int = Field(
        8,
        ge=1,
        le=64,
        description="Mails that a worker process sends at once. `dramatiq workers` has `--threads` instead.",
    )
    tls_certificate: Path | None = Field(None, description="PEM certificate chain of the gRPC server.")
    tls_key: Path | None = Field(None, description="PEM private key of the gRPC server.")
    tls_client_ca: Path | None = Field(
        None, description="PEM of the CA that callers' certificates must come from: mutual TLS."
    )
    allow_plaintext_beyond_loopback: bool = Field(
        False,
        description="Listen beyond loopback without TLS: passwords and codes then cross the network readably. "
        "Only where something else encrypts it.",
    )
    log_format: Literal["console", "json"] = Field("console", description="How log lines look.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )

    @property
    def resolved_public_url(self) -> str:
        return (self.public_url or f"http://{self.http_address}").rstrip("/")

    @property
    def resolved_edge_url(self) -> str:
        return (self.edge_url or f"http://{self.http_address}").rstrip("/")

    @property
    def resolved_database_url(self) -> str:
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir / 'identity.db'}"
