"""What is going on, on standard error: standard output is for results."""

import sys


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
