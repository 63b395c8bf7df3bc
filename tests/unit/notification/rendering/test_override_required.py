"""That the mail of an operator's template shows what it is sent for, or is refused."""

from dataclasses import replace

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import Notice, ResetLink
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer
from tests.services.overrides import BRAND, GOOD, GOOD_LINK, GOOD_NOTICE, check, refused


@pytest.mark.parametrize(
    ("kind", "changed", "field", "why"),
    [
        (Kind.ONE_TIME_CODE, {"html": "<p>730416</p>"}, "html", "must show `code`"),
        (Kind.ONE_TIME_CODE, {"text": "730416"}, "text", "must show `code`"),
        (Kind.ONE_TIME_CODE, {"html": "{% if ip_address %}{{ code }}{% endif %}"}, "html", "must show `code`"),
        (Kind.ONE_TIME_CODE, {"html": '<p title="{{ code }}">x</p>'}, "html", "must show `code`"),
        (Kind.RESET_LINK, {"html": "<p>{{ link }}</p>"}, "html", "must show `link` as a link"),
        (Kind.RESET_LINK, {"html": '<img src="{{ link }}" alt="x">'}, "html", "must show `link` as a link"),
        (Kind.RESET_LINK, {"html": '<a href="{{ link }}x">x</a>'}, "html", "must show `link` as a link"),
        (Kind.RESET_LINK, {"html": '<a href="#" href="{{ link }}">x</a>'}, "html", "must show `link` as a link"),
        (Kind.RESET_LINK, {"html": '<p href="{{ link }}">x</p>'}, "html", "must show `link` as a link"),
        (Kind.RESET_LINK, {"text": "x"}, "text", "must show `link`"),
        (Kind.NOTIFICATION, {"html": "<p>x</p>"}, "html", "must show `message`"),
        (Kind.NOTIFICATION, {"html": "{% if data.a %}{{ message }}{% endif %}"}, "html", "must show `message`"),
        (Kind.NOTIFICATION, {"text": "{% if not data.a %}{{ message }}{% endif %}"}, "text", "must show `message`"),
        (Kind.ONE_TIME_CODE, {"subject": " "}, "subject", "1 to 250 characters"),
        (Kind.ONE_TIME_CODE, {"subject": "x" * 251}, "subject", "1 to 250 characters"),
        (Kind.ONE_TIME_CODE, {"subject": "{{ given_name }}"}, "subject", "there is no `given_name`"),
        (Kind.ONE_TIME_CODE, {"subject": "{{ code }}"}, "subject", "there is no `code`"),
        (Kind.ONE_TIME_CODE, {"html": "{{ code }}\n{{ nonsense }}"}, "html", "line 2: there is no `nonsense`"),
        (Kind.ONE_TIME_CODE, {"html": "{{ code }}{{ code|moment }}"}, "html", "cannot be rendered: AttributeError"),
        (Kind.ONE_TIME_CODE, {"html": "{{ code }}{{ brand.name|truncate(1) }}"}, "html", "cannot be rendered: Assert"),
        (Kind.NOTIFICATION, {"subject": "{{ title|moment }}"}, "subject", "cannot be rendered: AttributeError"),
        (Kind.ONE_TIME_CODE, {"text": "{{ parts.code(code) }}"}, "text", "nothing may be called"),
    ],
)
def test_a_template_whose_mail_would_be_of_no_use_is_refused_by_field(
    renderer: Renderer, kind: Kind, changed: dict[str, str], field: str, why: str
) -> None:
    good = {Kind.ONE_TIME_CODE: GOOD, Kind.NOTIFICATION: GOOD_NOTICE, Kind.RESET_LINK: GOOD_LINK}[kind]
    refusal = refused(renderer, kind, replace(good, **changed))
    assert refusal.field == field
    assert why in refusal.why


CHANGING = ["upper", "lower", "title", "capitalize", "truncate(120)", "truncate(1000, true, '', 1000)"]
BY_LINE = "{% for lines in message|paragraphs %}{{ lines|join(' ')|CHANGE }}{% endfor %}"


@pytest.mark.parametrize("change", CHANGING)
@pytest.mark.parametrize(
    ("kind", "field", "source"),
    [
        (Kind.RESET_LINK, "text", "{{ link|CHANGE }}"),
        (Kind.RESET_LINK, "html", '<a href="{{ link|CHANGE }}">x</a>'),
        (Kind.NOTIFICATION, "text", "{{ message|CHANGE }}"),
        (Kind.NOTIFICATION, "html", "{{ message|CHANGE }}"),
        (Kind.NOTIFICATION, "text", BY_LINE),
        (Kind.NOTIFICATION, "html", BY_LINE),
    ],
)
def test_no_filter_may_change_what_must_be_shown(
    renderer: Renderer, kind: Kind, field: str, source: str, change: str
) -> None:
    good = GOOD_LINK if kind is Kind.RESET_LINK else GOOD_NOTICE
    refusal = refused(renderer, kind, replace(good, **{field: source.replace("CHANGE", change)}))
    assert refusal.field == field
    assert "must show" in refusal.why


HIDING = [
    "<div hidden>{}</div>",
    '<div style="display:none">{}</div>',
    '<div style="color: red; DISPLAY : None !important;"><div style="display:block">{}</div></div>',
    '<div style="visibility:hidden">{}</div>',
    '<div style="font-size:0px">{}</div>',
    '<div style="font-size: 0.0em !important"><div>{}</div></div>',
    '<div style="opacity:0">{}</div>',
    '<div style="mso-hide:all">{}</div>',
    '<div class="text preheader">{}</div>',
    '<table><tr style="display:none"><td>{}</td></tr></table>',
]


@pytest.mark.parametrize("around", HIDING)
def test_what_is_hidden_is_not_shown(renderer: Renderer, around: str) -> None:
    for kind, good in ((Kind.ONE_TIME_CODE, GOOD), (Kind.RESET_LINK, GOOD_LINK)):
        hidden = around.format(good.html)
        assert "must show" in refused(renderer, kind, replace(good, html=hidden)).why
        check(renderer, kind, replace(good, html=hidden + good.html))


@pytest.mark.parametrize("tag", ["template", "head", "title", "style", "noscript", "details"])
def test_nothing_can_stand_where_no_mail_shows_it(renderer: Renderer, tag: str) -> None:
    hidden = f"<{tag}>{GOOD.html}</{tag}>"
    assert refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=hidden)).why == f"may not hold <{tag}> there"


@pytest.mark.parametrize(
    "inside",
    [
        "",
        " &nbsp;&#8203; ",
        "<br>",
        '<img src="https://example.com/a.png">',
        '<img src="https://example.com/a.png" alt=" ">',
        '<img src="https://example.com/a.png" alt="x" style="display:none">',
        '<span style="display:none">x</span>',
    ],
)
def test_a_link_without_anything_to_click_is_not_shown(renderer: Renderer, inside: str) -> None:
    empty = f'Press <a href="{{{{ link }}}}">{inside}</a> here'
    assert "something to click" in refused(renderer, Kind.RESET_LINK, replace(GOOD_LINK, html=empty)).why


@pytest.mark.parametrize(
    "html",
    [
        '<a href="{{ link }}"><img src="https://example.com/a.png" alt="Reset"></a>',
        '<a href="{{ link }}"><b>Reset</b> your password</a>',
        '<p style="font-size:0"><a href="{{ link }}" style="font-size:9px">x</a></p>',
        '<p style="visibility:hidden"><a href="{{ link }}" style="visibility:visible">x</a></p>',
        '<p style="display:none">Soon</p><a href="{{ link }}" style="display: inline-block">x</a>',
        "{{ parts.button(link, 'Reset') }}",
        "{{ parts.plain_link(link, 'Open:') }}",
    ],
)
def test_a_link_that_can_be_clicked_is_shown(renderer: Renderer, html: str) -> None:
    check(renderer, Kind.RESET_LINK, replace(GOOD_LINK, html=html))


def test_a_link_of_any_length_arrives_whole(renderer: Renderer) -> None:
    override = renderer.check(Kind.RESET_LINK, "en", GOOD_LINK, BRAND)
    context = replace(ResetLink.sample(), link=f"https://example.com/{'long/' * 1000}?a=1&b=2")
    mail = renderer.render(Kind.RESET_LINK, "en", context, BRAND, override=override)
    assert context.link in mail.text.splitlines()


@pytest.mark.parametrize("field", ["html", "text"])
def test_a_mail_that_lacks_what_must_be_shown_is_not_made_though_its_template_was_taken(
    renderer: Renderer, field: str
) -> None:
    source = replace(GOOD_NOTICE, **{field: "{% if data.plan != 'free' %}{{ message }}{% endif %}"})
    override = renderer.check(Kind.NOTIFICATION, "en", source, BRAND)

    def mail_of(plan: str) -> RenderedMail:
        notice = Notice("", "News", "One <b>,\u202e\n\ntwo\r\n 'three'  & four.", {"plan": plan})
        return renderer.render(Kind.NOTIFICATION, "en", notice, BRAND, override=override)

    assert "four." in mail_of("pro").text
    with pytest.raises(TemplateRefused, match=f"{field} must show `message`"):
        mail_of("free")


def test_a_message_is_shown_to_its_end(renderer: Renderer) -> None:
    some = "{% for lines in message|paragraphs %}{% if loop.index < 3 %}{{ lines|join(' ') }}{% endif %}{% endfor %}"
    override = renderer.check(Kind.NOTIFICATION, "en", replace(GOOD_NOTICE, text=some), BRAND)
    with pytest.raises(TemplateRefused, match="text must show `message`"):
        renderer.render(Kind.NOTIFICATION, "en", Notice("", "News", "one\n\ntwo\n\none"), BRAND, override=override)


def test_data_that_is_empty_may_be_shown_and_asked_for(renderer: Renderer) -> None:
    html = '<a href="{{ data.url }}">{{ data.order }}</a>{% if data.plan %}Pro{% else %}Free{% endif %}'
    check(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html))
