"""What `dev` says when it is ready: where everything is, and what to try."""

from textwrap import indent

from identity_service.notification.senders import Sender
from identity_service.notification.senders.capture import CaptureSender
from identity_service.settings import Settings
from identity_service.web.commands import buf_program, first_commands


def greeting(configuration: Settings, sender: Sender) -> str:
    captured = "every mail lands here, none leaves this machine"
    mails = captured if isinstance(sender, CaptureSender) else f"empty: mails leave by {sender}"
    return f"""
  identity-service is running, for development: everybody on this machine may call it.

  gRPC      {configuration.grpc_address}   (reflection and health are on)
  Mailbox   http://{configuration.http_address}   ({mails})
  Data      {configuration.data_dir}/   (delete it to start afresh)

  Try
{indent(_examples(configuration.grpc_address), "    ")}

  Then open the mailbox, and prove the address with the code or the link. Ctrl-C stops.
"""


def _examples(grpc_address: str) -> str:
    """With `buf` where there is one, and with grpcurl otherwise, which many have."""
    first = first_commands(grpc_address)[0]
    listing = f"grpcurl -plaintext {grpc_address} list"
    return f"{first.buf}\n{listing}" if buf_program() else f"{listing}\n{first.grpcurl}"
