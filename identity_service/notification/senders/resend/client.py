"""One request to Resend's API, over kept connections that all threads of the process share."""

from collections.abc import Mapping
from typing import Any

import urllib3
from urllib3 import exceptions

from identity_service.deadline import Deadline
from identity_service.notification.senders.failures import SenderDown
from identity_service.notification.senders.resend.account import ResendAccount, ResendTimeouts
from identity_service.notification.senders.resend.answers import Answer, Unclear
from identity_service.timely_http import TimelyHttpsPool, TimelyPool, read_at_most

KEPT_CONNECTIONS = 64  # the most threads that a worker has
LONGEST_ANSWER = 256 * 1024

_CHECK_HOST = "Check the host in the sender's URL, this machine's DNS, and the firewalls on the way."
_BAD_CERTIFICATE = "Somebody may be in between, or this machine's certificate authorities are out of date."


class ResendClient:
    """Speaks HTTP. Verifies certificates, follows no redirects, and repeats nothing by itself."""

    def __init__(self, account: ResendAccount, timeouts: ResendTimeouts) -> None:
        self._account = account
        self._timeouts = timeouts
        kind = TimelyHttpsPool if account.encrypted else TimelyPool
        self._pool = kind(account.host, account.port, maxsize=KEPT_CONNECTIONS)
        self._headers = {"Authorization": f"Bearer {account.key}", "User-Agent": "identity-service"}

    def post(
        self, path: str, body: bytes, idempotency_key: str, deadline: Deadline, headers: Mapping[str, str]
    ) -> Answer:
        """Raises `Unclear` when no answer came, and SenderDown when the request cannot have arrived."""
        json = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        return self._request("POST", path, deadline, body=body, headers=self._headers | json | dict(headers))

    def get(self, path: str, deadline: Deadline) -> Answer:
        """Raises TransientFailure."""
        return self._request("GET", path, deadline, headers=self._headers)

    def close(self) -> None:
        """Ends idle connections."""
        self._pool.close()

    def _request(self, method: str, path: str, deadline: Deadline, **given: Any) -> Answer:
        who = str(self._account)
        try:
            timeout = urllib3.Timeout(
                connect=deadline.within(self._timeouts.connect).remaining(),
                read=deadline.within(self._timeouts.answer).remaining(),
            )
            response = self._pool.urlopen(
                method, path, timeout=timeout, retries=False, redirect=False, preload_content=False, **given
            )
            return self._read(response)
        except (exceptions.NewConnectionError, exceptions.ConnectTimeoutError):
            raise SenderDown(f"cannot connect to {who}", _CHECK_HOST) from None
        except exceptions.SSLError as error:
            raise SenderDown(f"TLS with {who} failed: {type(error).__name__}", _BAD_CERTIFICATE) from None
        except (exceptions.TimeoutError, OSError):
            raise Unclear(f"{who} did not answer in time") from None
        except exceptions.ProtocolError:
            raise Unclear(f"{who} closed the connection; the mail may have been accepted") from None
        except exceptions.HTTPError as error:
            raise Unclear(f"{who} cannot be understood: {type(error).__name__}") from None

    def _read(self, response: urllib3.BaseHTTPResponse) -> Answer:
        body = read_at_most(response, LONGEST_ANSWER)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, body.replace(self._account.key.encode(), b"***"))
