"""What queues and actors are called, on both sides of the broker."""

from enum import StrEnum

QUEUES = ("high", "normal", "low")


class Task(StrEnum):
    """What a message asks for; the name of its actor goes on with the queue: deliver_high."""

    DELIVER = "deliver"
    """One attempt at one notification."""
    DELIVER_MESSAGE = "deliver_message"
    """Attempts at what is due of a message to many."""
    FAN_OUT = "fan_out"
    """Look up the next recipients of a campaign."""


EMBEDDED = "embedded"
