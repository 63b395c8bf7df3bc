"""The token behind the link that ends a subscription."""

from uuid import UUID

import pytest

from identity_service.ids import new_id
from identity_service.notification.rendering.compose import is_unsubscribe_link
from identity_service.notification.unsubscribe_links import Subscription, UnsubscribeLinks, checked_edge_url
from identity_service.secret_keys import KeyRing, generate

SUBSCRIPTION = Subscription("default", UUID("019b0000-0000-7000-8000-000000000001"), "update")
OLD, NEW = generate(), generate()


def links(*keys: str) -> UnsubscribeLinks:
    return UnsubscribeLinks(KeyRing.parse(",".join(keys)), "https://mail.example.com/")


def test_a_token_brings_back_what_it_was_made_for():
    made = links(OLD)
    assert made.read(made.token(SUBSCRIPTION)) == SUBSCRIPTION


def test_the_link_leads_to_the_edge():
    made = links(OLD)
    assert made.url(SUBSCRIPTION) == f"https://mail.example.com/unsubscribe?token={made.token(SUBSCRIPTION)}"


@pytest.mark.parametrize(
    "edge_url",
    [
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://xn--exmple-cua.com/mail/%C3%A9",
        "https://mail.example.com/" + "a" * 475,
    ],
)
def test_a_mails_header_can_hold_the_longest_link_to_any_edge_that_is_let_through(edge_url):
    made = UnsubscribeLinks(KeyRing.parse(OLD), checked_edge_url(edge_url))
    longest = Subscription("t" * 63, SUBSCRIPTION.user_id, "c" * 32)
    assert made.read(made.token(longest)) == longest
    assert is_unsubscribe_link(f"{edge_url}/unsubscribe?token={'A' * 256}")


@pytest.mark.parametrize(
    "edge_url",
    [
        "https://exämple.com",
        "https://example.com/é",
        "https://example.com/a b",
        "https://example.com/?x=1",
        "https://example.com?",
        "https://example.com/#x",
        "https://user:password@example.com",
        "https://example.com:port",
        "https://",
        "https:///path",
        "ftp://example.com",
        "example.com",
        "https://example.com\n",
        "https://mail.example.com/" + "a" * 476,
    ],
)
def test_an_edge_that_no_link_can_lead_to_is_refused(edge_url):
    with pytest.raises(ValueError, match=r"such as https://mail\.example\.com"):
        checked_edge_url(edge_url)


def test_the_same_subscription_has_the_same_link_at_every_attempt():
    assert links(OLD).token(SUBSCRIPTION) == links(OLD).token(SUBSCRIPTION)


@pytest.mark.parametrize("position", range(0, 60, 7))
def test_a_changed_token_is_refused(position):
    token = links(OLD).token(SUBSCRIPTION)
    other = "A" if token[position] != "A" else "B"
    assert links(OLD).read(token[:position] + other + token[position + 1 :]) is None


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "A" * 300, "ü" * 40, "\0" * 40, "=" * 30])
def test_what_is_no_token_is_refused(token):
    assert links(OLD).read(token) is None


def test_a_token_of_another_services_key_is_refused():
    assert links(NEW).read(links(OLD).token(SUBSCRIPTION)) is None


def test_a_rotated_key_still_reads_its_tokens():
    assert links(NEW, OLD).read(links(OLD).token(SUBSCRIPTION)) == SUBSCRIPTION


def test_a_tokens_bytes_cannot_be_moved_between_its_parts():
    made = links(OLD)
    user_id = new_id()
    assert made.token(Subscription("ab", user_id, "c")) != made.token(Subscription("a", user_id, "bc"))
