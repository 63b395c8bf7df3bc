"""Measurements against the limits that the service promises. `python -m benchmarks --help` tells how."""
