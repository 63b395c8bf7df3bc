"""The pages behind the links of other mails than the verification."""

import pytest

from identity_service.identity.start_password_reset import ResetMethod
from identity_service.storage.tables import challenges
from identity_service.web.link_pages import PATHS

TOKEN = "A" * 64


def test_the_link_of_a_reset_mail_shows_the_call_that_takes_it_and_changes_nothing(client, home):
    home.user("ada@example.com")
    queued = home.journeys.start_password_reset(home.call(), "ada@example.com", ResetMethod.LINK)
    letter = home.letter(queued.notification_id)
    path = letter.text.partition(":8080")[2].split()[0]
    assert path.startswith("/reset-password?token=")
    for ask in (client.get, client.head, client.get):
        assert ask(path).status_code == 200
    shown = client.get(path).text
    assert "ConfirmPasswordReset" in shown
    assert letter.token in shown
    assert [row["used_at"] for row in home.rows(challenges) if row["purpose"] == "reset_password"] == [None]


@pytest.mark.parametrize("path", PATHS)
def test_every_link_has_its_page(client, path):
    answer = client.get(f"{path}?token={TOKEN}")
    assert answer.status_code == 200
    assert TOKEN in answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["", "x", "A" * 65, "'; rm -rf ~ #" + "A" * 51, "%3Cscript%3Ealert(1)%3C/script%3E"])
def test_what_is_no_token_is_shown_to_nobody(client, path, token):
    answer = client.get(path, params={"token": token})
    assert answer.status_code == 400
    assert "rm -rf" not in answer.text
    assert "<script>alert" not in answer.text


def test_the_notice_of_a_new_password_leads_to_the_way_back(client):
    answer = client.get("/reset-password")
    assert answer.status_code == 200
    assert "StartPasswordReset" in answer.text


def test_the_pages_take_nothing_but_a_look(client):
    assert client.post(f"{PATHS[0]}?token={TOKEN}").status_code == 405
