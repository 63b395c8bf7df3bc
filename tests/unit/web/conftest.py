"""What the tests of the HTTP edge share: a service on SQLite, its mailbox, and a browser's view of its edge."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from identity_service.web.app import edge_app
from identity_service.web.mail_changes import MailChanges
from identity_service.web.mail_list import Listing
from identity_service.web.parts import EdgeParts
from tests.services.household import Household
from tests.unit.web.edge import ADDRESS, parts_of


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Iterator[Household]:
    with Household(sqlite_url, tmp_path) as household:
        yield household


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released by each request for which a look at the list of mails found nothing new, so that it waits."""
    joined, seen, tell = threading.Semaphore(0), set(), MailChanges._tell

    def tell_and_count(changes: MailChanges, listing: Listing | None) -> None:
        tell(changes, listing)
        for waiter in changes._waiting - seen:
            seen.add(waiter)
            joined.release()

    monkeypatch.setattr(MailChanges, "_tell", tell_and_count)
    return joined


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """The folder of captured mail, which is also the household's."""
    return tmp_path / "mail"


@pytest.fixture
def parts(home: Household, mail: Path) -> EdgeParts:
    return parts_of(home, mail)


@pytest.fixture
def client(parts: EdgeParts) -> Iterator[TestClient]:
    with TestClient(edge_app(parts), base_url=f"http://{ADDRESS}") as client:
        yield client
