"""Templates of operators: what they make."""

import re
from dataclasses import replace

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import CONTEXTS, Notice, OneTimeCode
from identity_service.notification.rendering.overrides.checking import with_any_data
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.rendering.renderer import Renderer
from tests.services.languages import LANGUAGES
from tests.services.overrides import BRAND, GOOD, GOOD_NOTICE


def test_an_override_takes_the_cards_place_and_leaves_all_around_it(renderer: Renderer, locale: str) -> None:
    source = OverrideSource(
        "Code of {{ brand.name }}",
        "<p>Hi {{ given_name|isolate }}</p>{{ parts.code(code) }}"
        "{% call parts.facts() %}{{ parts.fact('Until', expires_in|duration) }}{% endcall %}",
        "Hi {{ given_name }}\n{{ code }}\n",
    )
    override = renderer.check(Kind.ONE_TIME_CODE, locale, source, BRAND)
    mail = renderer.render(Kind.ONE_TIME_CODE, locale, OneTimeCode.sample(), BRAND, override=override)
    own = renderer.render(Kind.ONE_TIME_CODE, locale, OneTimeCode.sample(), BRAND)
    assert mail.subject == "Code of Example"
    assert "Hi <bdi>Amina</bdi>" in mail.html
    assert mail.text.startswith("Hi Amina\n730416\n")
    assert mail.text.split("---")[-1] == own.text.split("---")[-1]
    assert mail.html.split("footer")[-1] == own.html.split("footer")[-1]
    assert mail.html.split("</head>")[0].replace(mail.subject, own.subject) == own.html.split("</head>")[0]
    assert f'dir="{LANGUAGES[locale].direction}"' in mail.html


def test_what_a_value_holds_is_escaped(renderer: Renderer) -> None:
    override = renderer.check(Kind.NOTIFICATION, "en", GOOD_NOTICE, BRAND)
    mail = renderer.render(Kind.NOTIFICATION, "en", Notice("", "x", "<b>{{ 7*7 }}&"), BRAND, override=override)
    assert "<p>&lt;b&gt;{{ 7*7 }}&amp;</p>" in mail.html
    assert "<b>{{ 7*7 }}&\n" in mail.text


def test_every_kind_can_be_overridden(renderer: Renderer, kind: Kind, locale: str) -> None:
    shown = CONTEXTS[kind].must_show
    html = "".join('<a href="{{ link }}">x</a>' if name == "link" else f"<p>{{{{ {name} }}}}</p>" for name in shown)
    text = "\n".join(f"{{{{ {name} }}}}" for name in shown)
    override = renderer.check(kind, locale, OverrideSource("x", html, text), BRAND)
    assert renderer.render(kind, locale, CONTEXTS[kind].sample(), BRAND, override=override).subject == "x"


def test_a_notice_shows_its_paragraphs_and_its_data(renderer: Renderer) -> None:
    source = OverrideSource(
        "{{ title }} {{ data.order }}",
        '{% for lines in message|paragraphs %}{{ parts.paragraph(lines, lines|join(" ")|direction) }}{% endfor %}'
        '<a href="{{ data["url"] }}">{{ data.order }}</a>{% if data.plan == "pro" %}Pro{% endif %}',
        "{% for lines in message|paragraphs %}{% for line in lines %}{{ line }}\n{% endfor %}\n{% endfor %}",
    )
    override = renderer.check(Kind.NOTIFICATION, "en", source, BRAND)
    data = {"order": "A<1", "url": "https://example.com/?a=1&b=2", "plan": "pro"}
    context = replace(Notice.sample(), data=data)
    mail = renderer.render(Kind.NOTIFICATION, "en", context, BRAND, override=override)
    assert mail.subject == f"{context.title} A<1"
    assert '<a href="https://example.com/?a=1&amp;b=2">A&lt;1</a>Pro' in mail.html
    assert "Thank you for your trust." in mail.text


def test_a_prepared_mail_may_have_an_override(renderer: Renderer) -> None:
    source = replace(GOOD_NOTICE, html="<p>{{ given_name or 'You' }}</p><p>{{ message }}</p>")
    override = renderer.check(Kind.NOTIFICATION, "en", source, BRAND)
    prepared = renderer.prepare(Kind.NOTIFICATION, "en", Notice.sample(), BRAND, override=override)
    assert "<p>You</p>" in prepared.nameless.html
    assert f"<p>{prepared.name_mark}</p>" in prepared.named.html


def test_a_subject_of_an_override_is_one_line(renderer: Renderer) -> None:
    override = renderer.check(
        Kind.ONE_TIME_CODE, "en", replace(GOOD, subject="Hi\r\nBcc: all@example.com\u202e"), BRAND
    )
    mail = renderer.render(Kind.ONE_TIME_CODE, "en", OneTimeCode.sample(), BRAND, override=override)
    assert mail.subject == "Hi Bcc: all@example.com"


def test_a_sample_notice_has_data_of_every_name() -> None:
    sample = with_any_data(Notice.sample())
    assert re.match("https://", vars(sample)["data"]["whatever"])
