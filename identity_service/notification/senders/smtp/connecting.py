"""A TCP connection within a deadline, name look-up included."""

import queue
import socket
import threading
from typing import Any

from identity_service.deadline import Deadline
from identity_service.notification.senders.failures import TransientFailure, os_reason

_CHECK_NAME = "Check the host name in the sender's URL and this machine's DNS."
_CHECK_PORT = "Check host and port in the sender's URL, and the firewalls on the way: many block port 25."


def connected_socket(host: str, port: int, deadline: Deadline, seconds_each: float) -> socket.socket:
    """Tries each address of `host` in turn. Raises TransientFailure when none answers."""
    failure: OSError = OSError("no address")
    for family, kind, protocol, _, address in _addresses(host, port, deadline):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(deadline.within(seconds_each).remaining())
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            return _tuned(connection)
    raise TransientFailure(f"cannot connect to {host} port {port}: {os_reason(failure)}", _CHECK_PORT)


def _tuned(connection: socket.socket) -> socket.socket:
    # Without TCP_NODELAY the end of a message waits for the acknowledgement of its beginning.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return connection


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    # getaddrinfo knows no timeout, so it runs in a thread that can be left behind.
    answer: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, answer), daemon=True).start()
    try:
        found = answer.get(timeout=deadline.remaining())
    except (queue.Empty, TimeoutError):
        found = TimeoutError("the name server did not answer in time")
    if isinstance(found, Exception):
        raise TransientFailure(f"cannot find the host {host}: {os_reason(found)}", _CHECK_NAME)
    return found


def _look_up(host: str, port: int, answer: "queue.SimpleQueue[list[Any] | Exception]") -> None:
    try:
        answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        answer.put(error)
