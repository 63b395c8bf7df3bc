"""A Dramatiq worker in this process: beside the server in development, alone in each worker process."""

import logging
from collections.abc import Iterable

from dramatiq import Broker, Worker

IDLE_MILLISECONDS = 250  # how long an idle thread sleeps between looks at whether it should stop


class RunningWorker:
    """Threads that take messages and run their actors, until `stop`."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def stop(self, timeout: float = 30.0) -> None:
        """Take no more, let running actors end within `timeout` seconds, give the rest back to the broker."""
        self._worker.stop(timeout=int(timeout * 1000))


def start_worker(broker: Broker, queues: Iterable[str], threads: int) -> RunningWorker:
    """Start working on `queues`. The actors must have been declared on `broker` before."""
    keep_logs_plain()
    _expect_other_workers(broker)
    worker = Worker(broker, queues=set(queues), worker_threads=threads, worker_timeout=IDLE_MILLISECONDS)
    worker.start()
    return RunningWorker(worker)


def keep_logs_plain() -> None:
    """Let Dramatiq log warnings and errors only, and of an actor's error its type and place only.

    The text of an exception may hold an address or a piece of a mail.
    """
    logging.getLogger("dramatiq").setLevel(logging.WARNING)
    worker_log = logging.getLogger("dramatiq.worker.WorkerThread")
    if _without_error_text not in worker_log.filters:
        worker_log.addFilter(_without_error_text)


def _expect_other_workers(broker: Broker) -> None:
    """Let Dramatiq not warn that a second worker adds a middleware of its own: each has its own queues."""
    broker_log = logging.getLogger(f"dramatiq.broker.{type(broker).__name__}")
    if _is_of_no_twin not in broker_log.filters:
        broker_log.addFilter(_is_of_no_twin)


def _is_of_no_twin(record: logging.LogRecord) -> bool:
    return "middleware of the same type twice" not in record.msg


def _without_error_text(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "unknown place"
        record.msg = f"{record.msg} {kind.__name__} at {place}"
        record.exc_info = None
        record.exc_text = None
    return True
