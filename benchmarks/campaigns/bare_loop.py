"""The least that sending takes: smtplib in a loop, with a message that is ready, over kept connections.

python -m benchmarks.campaigns.bare_loop PORT CONNECTIONS MAILS FILE   sends the message in FILE; prints the seconds
"""

import smtplib
import sys
import threading
import time
from pathlib import Path


def send(port: int, mails: int, message: bytes) -> None:
    """That many mails over one connection."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for number in range(mails):
            connection.sendmail("no-reply@example.com", [f"bare-{number}@example.com"], message)


def main(port: int, connections: int, mails: int, message: bytes) -> None:
    share = mails // connections
    threads = [threading.Thread(target=send, args=(port, share, message)) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.monotonic() - began)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), Path(sys.argv[4]).read_bytes())
