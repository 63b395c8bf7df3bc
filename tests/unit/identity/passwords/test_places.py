"""Who may hash: a place is had at once or not at all, and whoever has one is served, in order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

import argon2
import pytest

from identity_service.errors import LimitExceeded
from identity_service.identity.passwords import HashingBusy, HashingCost, HashingPlaces, hashing
from identity_service.identity.passwords.turns import Turns
from tests.services.hashing import cores_taken, free_cores, places_taken, waiting_for_a_core
from tests.services.waiting import eventually

CHEAP = HashingCost(memory=64, passes=1)
PASSWORD = "fjord-quilt-ember-42"


def hash_in_a_place(places: HashingPlaces) -> str:
    with places.place() as place:
        return place.hash(PASSWORD)


def test_there_are_as_many_places_as_told_and_the_next_one_is_told_when_to_come_back():
    places = HashingPlaces(CHEAP, running=1, places=3)
    with places_taken(places) as number:
        assert number == 3
        with pytest.raises(HashingBusy) as refusal:
            hash_in_a_place(places)
    assert isinstance(refusal.value, LimitExceeded)
    assert (refusal.value.reason, refusal.value.retry_after) == ("SERVER_BUSY", timedelta(seconds=1))
    assert hash_in_a_place(places)


def test_a_place_is_given_back_whatever_ends_it():
    places = HashingPlaces(CHEAP, running=1, places=1)
    for error in (argon2.exceptions.HashingError, MemoryError, KeyboardInterrupt):
        with patch.object(hashing.PasswordHasher, "hash", side_effect=error), pytest.raises(error):
            hash_in_a_place(places)
        assert free_cores(places) == 1
        assert hash_in_a_place(places)


def test_who_has_a_place_is_served_although_others_come_all_the_time():
    places = HashingPlaces(CHEAP, running=2, places=5)
    with ThreadPoolExecutor(5) as callers, cores_taken(places):
        admitted = [callers.submit(hash_in_a_place, places) for _ in range(5)]
        eventually(lambda: waiting_for_a_core(places) == 5, "all who have places wait for a core")
        for _ in range(20):
            with pytest.raises(HashingBusy):
                hash_in_a_place(places)
        assert not any(one.done() for one in admitted)
    assert all(one.result() for one in admitted)


def test_one_place_does_for_several_hashes_even_if_no_other_is_free():
    places = HashingPlaces(CHEAP, running=1, places=3)
    with places.place() as place, places_taken(places) as others:
        assert others == 2
        encoded = place.hash(PASSWORD)
        assert place.verify(encoded, PASSWORD)
        assert not place.verify_dummy(PASSWORD)


def test_no_more_than_the_cores_hash_at_a_time():
    places, most, running, lock = HashingPlaces(CHEAP, running=2, places=8), 0, 0, threading.Lock()
    together = threading.Barrier(2)

    def counted(*_: object) -> str:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        together.wait(30)  # as many as may are at work at the same moment
        with lock:
            running -= 1
        return "hash"

    with patch.object(hashing.PasswordHasher, "hash", counted), ThreadPoolExecutor(8) as callers:
        assert list(callers.map(lambda _: hash_in_a_place(places), range(8))) == ["hash"] * 8
    assert most == 2


def test_turns_come_in_the_order_in_which_they_were_asked_for():
    turns, order = Turns(1), list[int]()

    def work(number: int) -> None:
        with turns.turn():
            order.append(number)

    with ThreadPoolExecutor(3) as callers:
        with turns.turn():
            for number in range(3):
                callers.submit(work, number)
                eventually(lambda number=number: len(turns._waiting) == number + 1, f"{number} waits")
        work(3)  # whoever has just left comes last again
    assert order == [0, 1, 2, 3]
