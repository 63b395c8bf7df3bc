"""The contract, and the commands that generate code from it and judge it: `python -m protos.generate`."""
