"""Names as people give them, and as attackers do."""

import re

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand, BrandRefusedError
from identity_service.notification.rendering.contexts import Welcome
from identity_service.notification.rendering.names import LONGEST_NAME, display_name
from identity_service.notification.rendering.renderer import Renderer


@pytest.mark.parametrize(
    "name",
    [
        "Amina",
        "José María",
        "Jean-Luc",
        "O\u2019Neill",
        "D'Arcy",
        "J. R. R.",
        "J.R.",
        "Dr. No",
        "Louis 14",
        "أمينة",
        "李小龙",
        "Þórdís",
        "Nguyễn",
        "अमिता",
        "Мария",
    ],
)
def test_a_name_is_shown_as_it_is(name: str) -> None:
    assert display_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "https://evil.example",
        "http:evil",
        "evil.com",
        "Eve evil.com wins",
        "evil .com",
        "www evil",
        "WWW.evil",
        "eve@evil.com",
        "//evil",
        "evil\\com",
        "evil。com",
        "evil\uff0ecom",
        "evil\u2024com",
        "ev\u200bil.c\u200bom",
        "evil\u202e.com",
        "evil.\u2060com",
        "evil.c\u034fom",
        "evil.c\ufe0fom",
        "\u3164",
        "мошенник.рф",
        "example.みんな",
        "<b>Eve</b>",
        "<script>alert(1)</script>",
        "{{ 7*7 }}",
        "call 0800 1234",
        "[x](y)",
        "&lt;b&gt;",
        "a=b",
        "12",
        "...",
        "",
        "   ",
        "\x00",
        "💥",
    ],
)
def test_a_name_that_could_be_more_than_a_name_is_left_out(name: str) -> None:
    assert display_name(name) == ""


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Amina \t Z.  ", "Amina Z."),
        ("Amina\r\nBcc: x", ""),
        ("Amina\r\nBcc", "Amina Bcc"),
        ("Ami\x00na", "Amina"),
        ("\u202eAmina\u2066", "Amina"),
        ("A\u200bmi\u200dna\ufeff", "Amina"),
        ("Amina 🌸", "Amina"),
        ("Jose\u0301", "José"),
    ],
)
def test_invisible_characters_and_odd_blanks_go(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_a_long_name_is_cut() -> None:
    shown = display_name("A" * 500)
    assert len(shown) == LONGEST_NAME
    assert shown.endswith("A…")


@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=alert(1)>",
        '"><a href=//evil.example>x</a>',
        "evil.example/claim",
        "Eve\r\nBcc: all@evil.example",
        "\u202eelpmaxe.live",
        "x" * 500,
        "Eve\x00",
        "{{ brand.__class__ }}",
        "%(brand)s",
        "%s",
    ],
)
def test_a_hostile_name_brings_nothing_into_a_mail(renderer: Renderer, name: str, locale: str) -> None:
    mail = renderer.render(Kind.WELCOME, locale, Welcome(name), Brand.sample())
    plain = renderer.render(Kind.WELCOME, locale, Welcome(""), Brand.sample())
    assert mail.subject == plain.subject
    assert re.findall(r"https?://[^\s\"<]+", mail.html) == re.findall(r"https?://[^\s\"<]+", plain.html)
    assert mail.html.count("<a ") == plain.html.count("<a ")
    assert not re.search("evil|alert|Bcc:|onerror|[\x00\r\u202e]", mail.html + mail.text)
    assert len(mail.text) <= len(plain.text) + LONGEST_NAME + len(" \u2068\u2069")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "A\r\nBcc: x"},
        {"accent": "red;}"},
        {"on_accent": "#fff"},
        {"public_url": "javascript:1"},
        {"public_url": "https://"},
        {"public_url": "https://a.example/ x"},
        {"logo_url": "file:///x"},
        {"footer": "a\nb"},
        {"support_address": "a\r\nb"},
    ],
)
def test_a_brand_that_no_mail_can_show_is_refused(change: dict[str, str]) -> None:
    values = {"name": "Example", "public_url": "https://example.com"} | change
    with pytest.raises(BrandRefusedError, match=next(iter(change))):
        Brand(**values)
