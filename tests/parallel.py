"""Which tests run in the same process when several processes share the work."""

from xdist.scheduler import LoadFileScheduling

CLUSTER = "tests/faults/"


class FilesAndTheCluster(LoadFileScheduling):
    """A file's tests share what the file starts; all of `tests/faults` shares one cluster, which is the longest part.

    The marks of `--dist loadgroup` would say the same, but pytest 9.2 ignores them (pytest-xdist issue 1386).
    """

    def _split_scope(self, nodeid: str) -> str:
        return CLUSTER if nodeid.startswith(CLUSTER) else super()._split_scope(nodeid)
