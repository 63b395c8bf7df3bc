"""Cores and places to hash passwords, and how a test takes them from others."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from threading import Event, Thread

from identity_service.identity.passwords import HashingBusy, HashingCost, HashingPlaces, Place
from identity_service.identity.passwords.hashing import PasswordHasher
from identity_service.identity.passwords.turns import Turns


def place_to_hash(cost: HashingCost, imported_like: str = "") -> Place:
    """A place of parts that nobody else uses."""
    return Place(PasswordHasher(cost, imported_like), Turns(1))


def turns_of(places: HashingPlaces) -> Turns:
    return places._place._turns


def free_cores(places: HashingPlaces) -> int:
    return turns_of(places)._free


def waiting_for_a_core(places: HashingPlaces) -> int:
    return len(turns_of(places)._waiting)


@contextmanager
def cores_taken(places: HashingPlaces) -> Iterator[None]:
    """Nobody's turn comes before the block ends."""
    with ExitStack() as taken:
        for _ in range(free_cores(places)):
            taken.enter_context(turns_of(places).turn())
        yield


@contextmanager
def places_taken(places: HashingPlaces) -> Iterator[int]:
    """Every place that was free is kept by a thread of its own until the block ends; how many these are."""
    over, threads = Event(), list[Thread]()
    try:
        while _keeps_one(places, over, threads):
            assert len(threads) < 100, "there is no end of places"
        yield len(threads) - 1
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _keeps_one(places: HashingPlaces, over: Event, threads: list[Thread]) -> bool:
    """Whether one more thread has found a place."""
    found: Future[bool] = Future()

    def keep() -> None:
        try:
            with places.place():
                found.set_result(True)
                over.wait()
        except HashingBusy:
            found.set_result(False)

    threads.append(Thread(target=keep))
    threads[-1].start()
    return found.result(30)
