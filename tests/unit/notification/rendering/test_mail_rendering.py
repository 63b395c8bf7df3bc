"""Every kind in every language: what it must contain, and what must never be in it."""

import dataclasses
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from jinja2 import ChoiceLoader, DictLoader, PackageLoader, UndefinedError
from jinja2.exceptions import SecurityError

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import (
    CONTEXTS,
    Invitation,
    Notice,
    OneTimeCode,
    Verification,
    Welcome,
)
from identity_service.notification.rendering.languages import Language, Languages
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer
from tests.services.languages import LANGUAGES

VOID = {"meta", "img", "br", "hr", "link"}
ISOLATES_AND_MARKS = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


class Page(HTMLParser):
    """The parts of a page that tests look at; `unbalanced` names tags that were closed in the wrong place."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.unbalanced: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs).get("href") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def element(self, css_class: str) -> dict[str, str | None]:
        return next(found for _, found in self.attributes if css_class in (found.get("class") or "").split())


def test_every_mail_has_a_subject_a_page_and_a_text(mail: RenderedMail, locale: str) -> None:
    assert mail.subject
    assert mail.subject.isprintable()
    assert "Example" in mail.subject
    assert mail.locale == locale
    assert "Amina" in mail.text
    assert "Amina" in Page(mail.html).text


def test_every_page_is_balanced_and_inlined(mail: RenderedMail) -> None:
    page = Page(mail.html)
    assert page.unbalanced == []
    assert page.open == []
    assert mail.html.lower().startswith("<!doctype html>")
    assert "@media" in mail.html
    assert "letter-spacing" not in mail.html.split("@media")[0], "plain rules belong into style attributes"
    assert mail.html.index("<meta charset") < 200
    assert all(found.get("style") for tag, found in page.attributes if tag in ("h1", "p"))


def test_every_page_declares_its_language_direction_and_both_colour_schemes(mail: RenderedMail, locale: str) -> None:
    page = Page(mail.html)
    root = next(found for tag, found in page.attributes if tag == "html")
    assert root == {"lang": locale, "dir": LANGUAGES[locale].direction}
    assert page.element("card")["align"] == LANGUAGES[locale].start
    assert '<meta name="color-scheme" content="light dark">' in mail.html


def test_nothing_unrendered_is_left_in_a_mail(mail: RenderedMail) -> None:
    for content in (mail.subject, mail.text, Page(mail.html).text):
        assert not re.search(r"\{\{|\}\}|\{%|%\(|Undefined|None", content)


def test_every_text_mail_is_plain(mail: RenderedMail) -> None:
    assert not re.search(r"<[a-z/]|&[a-z]+;", mail.text)
    assert "\n\n\n" not in mail.text
    assert mail.text.endswith("\n")


def test_an_arabic_mail_speaks_arabic_only(renderer: Renderer, kind: Kind) -> None:
    mail = renderer.render(kind, "ar", renderer.sample(kind, "ar"), Brand.sample())
    ours = r"Amina( Haddad)?|a•••@example\.com|Example( Ltd, 1 Sample Street)?|help@example\.com|https://\S+|UTC|IP"
    for content in (mail.subject, mail.text, Page(mail.html).text):
        assert not re.findall(r"[A-Za-z]+", re.sub(ours, "", content))


def _kinds_that_show(value: str) -> list[Kind]:
    return [kind for kind in Kind if value in CONTEXTS[kind].must_show]


@pytest.mark.parametrize("kind", _kinds_that_show("code"))
def test_the_code_stands_once_and_alone_in_western_digits(mail: RenderedMail, kind: Kind) -> None:
    code = vars(CONTEXTS[kind].sample())["code"]
    page = Page(mail.html)
    assert re.findall(r"(?<![\w-])\d{6}(?![\w-])", mail.text) == [code]
    assert code in mail.text.splitlines(), "on a line of its own, with no invisible character beside it"
    assert page.words.count(code) == 1
    assert re.findall(r"(?<![\w-])\d{6}(?![\w-])", page.text) == [code]
    assert page.element("code")["dir"] == "ltr"
    assert code not in mail.subject


@pytest.mark.parametrize("kind", _kinds_that_show("link"))
def test_the_link_is_exact_in_the_button_and_in_plain_sight(mail: RenderedMail, kind: Kind) -> None:
    link, page = vars(CONTEXTS[kind].sample())["link"], Page(mail.html)
    assert mail.text.splitlines().count(link) == 1
    assert page.links.count(link) == 2
    assert page.words.count(link) == 1
    assert page.element("link-row")["dir"] == "ltr"


def test_a_link_with_an_ampersand_stays_whole(renderer: Renderer) -> None:
    context = dataclasses.replace(Verification.sample(), link="https://example.com/v?a=1&b=%2F2#t=x_-")
    mail = renderer.render(Kind.VERIFICATION, "en", context, Brand.sample())
    assert Page(mail.html).links.count(context.link) == 2
    assert context.link in mail.text.splitlines()


def test_plain_text_that_runs_left_to_right_has_no_invisible_characters(renderer: Renderer, kind: Kind) -> None:
    assert not ISOLATES_AND_MARKS.search(renderer.render(kind, "en", CONTEXTS[kind].sample(), Brand.sample()).text)


def test_a_name_of_the_other_direction_is_isolated(renderer: Renderer) -> None:
    english = renderer.render(Kind.WELCOME, "en", Welcome("أمينة"), Brand.sample())
    arabic = renderer.render(Kind.WELCOME, "ar", Welcome("Amina"), Brand.sample())
    assert "Hello <bdi>أمينة</bdi>," in english.html
    assert "مرحبًا \u2068Amina\u2069،" in arabic.text


def test_a_mail_without_name_and_ip_address_greets_nobody_and_says_no_more_than_it_knows(
    renderer: Renderer, locale: str
) -> None:
    context = dataclasses.replace(OneTimeCode.sample(), given_name="", ip_address=None)
    mail = renderer.render(Kind.ONE_TIME_CODE, locale, context, Brand.sample())
    assert LANGUAGES[locale].messages.gettext("Hello,") in mail.text.splitlines()
    assert "IP" not in mail.text + Page(mail.html).text
    assert context.code in mail.text.splitlines()


def test_an_inviter_gives_a_name_and_nothing_else(renderer: Renderer, locale: str) -> None:
    sample = Invitation.sample()
    hostile = dataclasses.replace(sample, inviter_name="Call evil.example now")
    nameless = dataclasses.replace(sample, inviter_name="")
    brand = Brand.sample()
    assert hostile == nameless
    assert "Amina Haddad" in renderer.render(Kind.INVITATION, locale, sample, brand).text
    assert "  " not in renderer.render(Kind.INVITATION, locale, nameless, brand).text


def test_a_message_keeps_its_paragraphs_and_lines_and_brings_no_markup(renderer: Renderer, locale: str) -> None:
    notice = Notice("Amina", "News\r\nBcc: x", "One <b>&\r\ntwo\r\n \r\nhttps://a.example/?a=1&b=2\u202e")
    mail = renderer.render(Kind.NOTIFICATION, locale, notice, Brand.sample())
    page = Page(mail.html)
    assert mail.subject == "News Bcc: x"
    assert "One <b>&\ntwo\n\nhttps://a.example/?a=1&b=2\n" in mail.text
    assert "One &lt;b&gt;&amp;<br>two</p>" in mail.html
    assert page.links.count("https://a.example/?a=1&b=2") == 1
    assert page.unbalanced == []


def test_each_paragraph_runs_in_its_own_direction(renderer: Renderer, locale: str) -> None:
    notice = Notice("Amina", "News", "Hello\n\n123 مرحبًا\n\n123")
    page = Page(renderer.render(Kind.NOTIFICATION, locale, notice, Brand.sample()).html)
    found = [
        values["dir"] for tag, values in page.attributes if tag == "p" and "message" in (values.get("class") or "")
    ]
    assert found == ["ltr", "rtl", LANGUAGES[locale].direction]


def test_a_mail_that_can_be_unsubscribed_from_says_where(renderer: Renderer, kind: Kind, locale: str) -> None:
    link, context = "https://example.com/unsubscribe?t=a&b=1", CONTEXTS[kind].sample()
    mail = renderer.render(kind, locale, context, Brand.sample(), link)
    without = renderer.render(kind, locale, context, Brand.sample())
    assert mail.text.splitlines().count(link) == Page(mail.html).links.count(link) == 1
    assert "nsubscribe" not in without.text + without.html.split("</style>")[1]


def test_a_bare_brand_gives_a_whole_mail(renderer: Renderer, kind: Kind, locale: str) -> None:
    mail = renderer.render(kind, locale, CONTEXTS[kind].sample(), Brand("Müller & Söhne", "https://m.example"))
    assert "mailto:" not in mail.html
    assert "Müller &amp; Söhne" in mail.html
    assert "Müller & Söhne" in mail.subject or kind is Kind.NOTIFICATION


def test_a_brand_shows_its_logo_and_colours(renderer: Renderer) -> None:
    brand = dataclasses.replace(Brand.sample(), accent="#aa0011", logo_url="https://example.com/logo.png")
    page = Page(renderer.render(Kind.WELCOME, "en", Welcome("Amina"), brand).html)
    assert page.element("logo")["src"] == brand.logo_url
    assert page.element("logo")["alt"] == "Example"
    assert "#aa0011" in (page.element("button-link")["style"] or "")


def test_the_same_input_gives_the_same_mail(renderer: Renderer, mail: RenderedMail, kind: Kind, locale: str) -> None:
    assert Renderer.from_package().render(kind, locale, renderer.sample(kind, locale), Brand.sample()) == mail


def test_a_context_of_another_kind_is_refused(renderer: Renderer) -> None:
    with pytest.raises(TypeError, match="needs Welcome, got OneTimeCode"):
        renderer.render(Kind.WELCOME, "en", OneTimeCode.sample(), Brand.sample())


def _renderer_with(template: str, source: str) -> Renderer:
    package = PackageLoader("templates", "email")
    return Renderer(ChoiceLoader([DictLoader({template: source}), package]), Languages([Language.english()]))


def _welcome(renderer: Renderer) -> RenderedMail:
    return renderer.render(Kind.WELCOME, "en", Welcome("Amina"), Brand.sample())


def test_a_template_that_names_a_missing_value_fails() -> None:
    with pytest.raises(UndefinedError, match="'code' is undefined"):
        _welcome(_renderer_with("welcome/mail.txt", "Your code: {{ code }}"))


def test_a_subject_cannot_name_what_a_user_typed() -> None:
    with pytest.raises(UndefinedError, match="'given_name' is undefined"):
        _welcome(_renderer_with("welcome/subject.txt", "Hello {{ given_name }}"))


@pytest.mark.parametrize(
    "source",
    ["{{ ''.__class__.__mro__ }}", "{{ brand.__init__.__globals__ }}", "{{ language.messages.__dict__ }}"],
)
def test_a_template_cannot_reach_into_python(source: str) -> None:
    with pytest.raises(SecurityError):
        _welcome(_renderer_with("welcome/mail.txt", source))


def test_a_subject_never_holds_a_line_break() -> None:
    assert _welcome(_renderer_with("welcome/subject.txt", "Hello\r\nBcc: all\n")).subject == "Hello Bcc: all"


@pytest.mark.parametrize(
    ("minutes", "english", "arabic"),
    [
        (0.2, "1 minute", "دقيقة"),
        (1, "1 minute", "دقيقة"),
        (2, "2 minutes", "دقيقتان"),
        (3, "3 minutes", "3 دقائق"),
        (9.96, "10 minutes", "10 دقائق"),
        (11, "11 minutes", "11 دقيقة"),
        (90, "90 minutes", "90 دقيقة"),
        (100, "100 minutes", "100 دقيقة"),
        (60, "1 hour", "ساعة"),
        (120, "2 hours", "ساعتان"),
        (239, "3 hours", "3 ساعات"),
        (24 * 60, "24 hours", "24 ساعة"),
        (48 * 60, "2 days", "يومان"),
        (7 * 24 * 60, "7 days", "7 أيام"),
        (30 * 24 * 60, "30 days", "30 يومًا"),
    ],
)
def test_a_duration_is_told_in_one_unit_in_its_right_plural(
    renderer: Renderer, minutes: float, english: str, arabic: str
) -> None:
    context = dataclasses.replace(OneTimeCode.sample(), expires_in=timedelta(minutes=minutes))
    for locale, label, words in (("en", "Valid for", english), ("ar", "مدة الصلاحية", arabic)):
        mail = renderer.render(Kind.ONE_TIME_CODE, locale, context, Brand.sample())
        assert f"{label}: {words}" in mail.text.splitlines()


def test_a_time_is_told_in_utc(renderer: Renderer) -> None:
    mail = renderer.render(Kind.ONE_TIME_CODE, "en", OneTimeCode.sample(), Brand.sample())
    assert "Requested: March 3, 2025, 2:05 PM UTC" in mail.text.splitlines()
