from collections.abc import Iterator

import pytest
import redis
from dramatiq import worker

from identity_service.notification.broker import DramatiqHandOff, open_broker
from tests.services.redis import RedisServer
from tests.services.worker_group import Group


@pytest.fixture(autouse=True)
def _nothing_is_mended_by_dramatiq(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would start a consumer that broke again, and hide so that it did."""
    monkeypatch.setattr(worker, "CONSUMER_RESTART_DELAY_SECS", 60)


@pytest.fixture
def group(redis_url: str) -> Iterator[Group]:
    group = Group(redis_url)
    yield group
    group.stop()


@pytest.fixture
def own_group(own_redis: RedisServer) -> Iterator[Group]:
    group = Group(own_redis.url())
    yield group
    own_redis.thaw()
    group.stop()


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
def hand_off(redis_url: str) -> Iterator[DramatiqHandOff]:
    hand_off = DramatiqHandOff(open_broker(redis_url))
    yield hand_off
    hand_off.close()


@pytest.fixture
def own_hand_off(own_redis: RedisServer) -> Iterator[DramatiqHandOff]:
    hand_off = DramatiqHandOff(open_broker(own_redis.url()))
    yield hand_off
    own_redis.thaw()
    hand_off.close()
