"""Who may deliver to many, and who is next."""

from itertools import count

from identity_service.ids import new_id
from identity_service.notification.broker import Due, Task
from identity_service.notification.messages.lanes import Lanes

_wakings = count()


def due() -> Due:
    return Due("default", new_id(), "low", Task.DELIVER_MESSAGE, next(_wakings))


def test_who_finds_no_room_is_called_when_there_is():
    lanes = Lanes(2)
    first, second, third, fourth = (due() for _ in range(4))
    assert [lanes.enter(each) for each in (first, second, third, fourth)] == [True, True, False, False]
    assert lanes.leave() == [third]
    assert lanes.enter(third)
    assert lanes.leave() == [fourth]
    assert lanes.leave() == []


def test_nobody_waits_where_nobody_is_in():
    """Those who are called may come to another process."""
    lanes = Lanes(2)
    waiting = [due() for _ in range(5)]
    for each in (due(), due(), *waiting):
        lanes.enter(each)
    assert lanes.leave() + lanes.leave() == waiting
    assert lanes.enter(due())
