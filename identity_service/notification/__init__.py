"""Mail: the outbox that journeys write to, and how its rows are delivered, repeated and read."""
