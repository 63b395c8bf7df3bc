"""Identity and notification as one gRPC service. `docs/architecture.md` is the map."""
