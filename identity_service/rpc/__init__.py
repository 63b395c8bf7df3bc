"""gRPC in and out. No rule of the business is here."""
