"""Whose account at Resend, where its API is, and how long to wait for it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ResendAccount:
    """One API key. `encrypted` is False only for a stand-in on this machine."""

    key: str = field(repr=False)
    host: str = "api.resend.com"
    port: int = 443
    encrypted: bool = True

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class ResendTimeouts:
    """All in seconds. `mails` bounds a whole send, waits and repetitions included: keep it below the lease.

    `single_wait` is how long one mail waits for its turn under the account's rate limit before its row does.
    """

    mails: float = 45.0
    connect: float = 10.0
    answer: float = 20.0
    single_wait: float = 5.0
