"""What queues and actors are called, on both sides of the broker."""

QUEUES = ("high", "normal", "low")
ACTOR = "deliver"  # its name goes on with the queue: deliver_high
EMBEDDED = "embedded"
