"""How the kernel has dealt the connections to a shared port out to the processes that share it."""

from collections.abc import Sequence

from benchmarks.proc import ESTABLISHED, LISTENING, sockets_at, sockets_of

MOST_APART = 2


def evenly_dealt(address: str, processes: Sequence[int]) -> bool:
    """Whether those of the processes that listen there have as many connections, give or take.

    True where that cannot be known.
    """
    port = int(address.rpartition(":")[2])
    listening, established = sockets_at(port, LISTENING), sockets_at(port, ESTABLISHED)
    owned = [sockets for process in processes if (sockets := sockets_of(process)) & listening]
    counts = [len(sockets & established) for sockets in owned]
    return not counts or max(counts) - min(counts) <= MOST_APART
