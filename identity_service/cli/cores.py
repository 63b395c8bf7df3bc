"""Which cores a process runs on."""

import os

import structlog

log = structlog.get_logger(__name__)


def pin_to_core(number: int) -> None:
    """Keep this process, and all threads it will start, on one of its cores: the `number`th, counted round.

    Python's lock goes from thread to thread some twenty times in a call. Between two cores that is dear.
    """
    if not hasattr(os, "sched_setaffinity"):
        log.warning("cores_not_pinned", remedy="this system cannot; unset IDENTITY_GRPC_PIN_CORES")
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[number % len(cores)]})
