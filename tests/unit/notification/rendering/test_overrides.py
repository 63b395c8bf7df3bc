"""Templates of operators: what they make, and everything that is refused because it would do harm or be of no use."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from itertools import product
from typing import Any
from unittest.mock import patch

import pytest
from css_inline import CSSInliner

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import CONTEXTS, Notice, OneTimeCode, ResetLink, Welcome
from identity_service.notification.rendering.overrides.checking import with_any_data
from identity_service.notification.rendering.overrides.limits import (
    MOST_FILTERS,
    MOST_MESSAGES,
    MOST_NODES,
    MOST_NODES_IN_LOOPS,
)
from identity_service.notification.rendering.overrides.markup import Fragment, MarkupRefused
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer
from tests.services.languages import LANGUAGES

BRAND = Brand.sample()
GOOD = OverrideSource("Your code", "<p>{{ code }}</p>", "{{ code }}")
GOOD_NOTICE = OverrideSource("News", "<p>{{ message }}</p>", "{{ message }}")
GOOD_LINK = OverrideSource("Reset", '<a href="{{ link }}">x</a>', "{{ link }}")


def _check(renderer: Renderer, kind: Kind, source: OverrideSource, locale: str = "en") -> None:
    renderer.check(kind, locale, source, BRAND)


def _refused(renderer: Renderer, kind: Kind, source: OverrideSource) -> TemplateRefused:
    with pytest.raises(TemplateRefused) as refused:
        _check(renderer, kind, source)
    return refused.value


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


REACHING = [
    "{{ ''.__class__ }}",
    "{{ brand.__class__ }}",
    "{{ brand['__class__'] }}",
    "{{ brand|attr('__class__') }}",
    "{{ data.__class__ }}",
    "{{ data['__class__'] }}",
    "{{ data['a' ~ 'b'] }}",
    "{{ code.format }}",
    "{{ code.__class__.__mro__ }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ language.messages }}",
    "{{ parts }}",
    "{{ parts.code.__globals__ }}",
    "{{ parts['code'](code) }}",
    "{{ parts.address(code) }}",
    "{{ lipsum() }}",
    "{{ cycler.__init__ }}",
    "{{ range(3) }}",
    "{{ namespace() }}",
    "{{ dict() }}",
    "{{ loop.index }}",
    "{{ caller() }}",
    "{{ unsubscribe_url }}",
]
ENDLESS = [
    "{{ 'a' * 10**9 }}",
    "{{ 10**10**10 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ '%1000000000s' % 1 }}",
    "{{ _('%(x)1000000000s', x=1) }}",
    "{% trans x=1 %}{{ x }}{% endtrans %}",
    "{{ code|center(10**9) }}",
    "{{ code|center(1000000000) }}",
    "{{ code|truncate(1000000000) }}",
    "{{ code|indent(1000000000) }}",
    "{{ code|wordwrap(1) }}",
    "{{ code|replace('0', 'aaaaaaaa') }}",
    "{{ code|default('" + "a" * 300 + "') }}",
    "{{ code|default(code) }}",
    "{{ [1]|sum }}",
    "{{ code|list }}",
    "{{ (1, 2) }}",
    "{{ {'a': 1} }}",
    "{{ code[0:1] }}",
    "{{ -1 }}",
    "{{ 1 + 1 }}",
    "{% for x in range(10**9) %}x{% endfor %}",
    "{% for x in [1, 2] %}x{% endfor %}",
    "{% for x in code %}x{% endfor %}",
    "{% for x in data recursive %}{{ loop(x) }}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% set x = code %}",
    "{% set x %}x{% endset %}",
    "{% with x = code %}{% endwith %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call parts.code(code) %}{% endcall %}",
    "{% include '_layout.html' %}",
    "{% extends '_layout.html' %}",
    "{% import '_parts.html' as p %}",
    "{% from '_parts.html' import code %}",
    "{% block content %}{% endblock %}",
    "{% do x %}",
    "{{ code is divisibleby(0) }}",
    "{{ parts.code(*code) }}",
    "{{ parts.code(**data) }}",
]
BROKEN = ["{{ code", "{% if code %}", "{{ 1" + "0" * 5000 + " }}", "{{ " + "(" * 3000 + " }}", "{{ code|nothing }}"]


@pytest.mark.parametrize("source", [*REACHING, *ENDLESS, *BROKEN])
def test_what_reaches_out_or_could_run_on_is_refused_before_it_runs(renderer: Renderer, source: str) -> None:
    for field in ("subject", "html", "text"):
        refusal = _refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, **{field: getattr(GOOD, field) + source}))
        assert refusal.field == field
        assert refusal.why


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in message|paragraphs %}{% for b in message|paragraphs %}x{% endfor %}{% endfor %}",
        "{% for a in message|paragraphs %}{% for b in a %}{% for c in b %}x{% endfor %}{% endfor %}{% endfor %}",
        "{% for a in message|paragraphs recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a, b in message|paragraphs %}x{% endfor %}",
        "{% for message in message|paragraphs %}x{% endfor %}",
        "{% for a in message|paragraphs %}{{ loop.previtem }}{% endfor %}",
        "{% for a in message|paragraphs %}" + "{{ a }}" * 200 + "{% endfor %}",
        "{{ message|upper }}" * MOST_NODES,
        "{% if message %}" * 50 + "{% endif %}" * 50,
        "{{ '' }}" * MOST_NODES,
        "{{ title|upper }}" * (MOST_FILTERS + 1),
        "{{ message }}" * (MOST_MESSAGES + 1),
        "{% for a in message|paragraphs %}{% endfor %}" * (MOST_MESSAGES + 1),
        "{{ message|join('aaaa') }}",
        "{{ data.x|join('aaaa')|join('aaaa') }}",
        "{{ (data.x|join('aaaa') or '')|join('aaaa') }}",
        "{{ data.x|join('" + "a" * 21 + "') }}",
        "{{ data.x|join(' ', attribute='upper') }}",
        "{{ title|isolate|one_line }}",
        "{{ (title|escape or '')|title }}",
        "{{ message|paragraphs }}",
        "{{ parts.paragraph(message, 'ltr') }}",
        "{{ parts.paragraph(data.lines, 'ltr') }}",
        "{% for a in message|paragraphs %}{% for b in a %}{{ parts.paragraph(b, 'ltr') }}{% endfor %}{% endfor %}",
        "{% call parts.facts() %}{% for a in message|paragraphs %}{{ a }}{% endfor %}{% endcall %}",
    ],
)
def test_what_could_take_long_or_make_much_is_refused(renderer: Renderer, source: str) -> None:
    assert _refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + source)).field == "html"


@pytest.mark.parametrize(
    "inside",
    [
        "{% if message|one_line == 'x' %}{% endif %}",
        "{{ message }}",
        "{{ data.order }}",
        "{{ title|upper }}",
        "{% if title == 'x' %}{% endif %}",
        "{{ parts.code(title) }}",
        "{{ brand.footer|upper }}",
        "{% for line in lines %}{{ lines }}{% endfor %}",
        "{% for line in lines %}{{ lines|join }}{% endfor %}",
    ],
)
def test_a_loop_works_on_its_own_variable_alone(renderer: Renderer, inside: str) -> None:
    html = "{% for lines in message|paragraphs %}" + inside + "{% endfor %}"
    why = _refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html)).why
    assert "in a loop use its own variable" in why or "`join` takes" in why


def test_a_long_constant_stands_outside_of_a_loops_expressions(renderer: Renderer) -> None:
    html = "{% for lines in message|paragraphs %}{{ ('" + "a" * 201 + "' or lines)|upper }}{% endfor %}"
    assert "a constant in a loop" in _refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=html)).why


def test_a_loop_may_show_what_is_around_it(renderer: Renderer) -> None:
    shown = (
        "{% if loop.first and given_name %}{{ given_name|isolate }}{% endif %}{{ title }}{{ lines|join(' ')|upper }}"
    )
    html = "{% for lines in message|paragraphs %}<p style='color:{{ brand.accent }}'>" + shown + "</p>{% endfor %}"
    _check(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html))


def test_the_dearest_template_goes_through_the_longest_message_a_bounded_number_of_times(renderer: Renderer) -> None:
    message = ("a\n\n" * 7_000)[:20_000]
    in_loop = "{% if lines|join(' ')" + "|one_line" * 24 + " == 'x' %}{% endif %}"
    outside = "{% if message" + "|one_line" * 5 + " == 'x' %}{% endif %}"
    loop = "{% for lines in message|paragraphs %}" + in_loop * 3 + "{% endfor %}"
    html = outside * (MOST_MESSAGES - 2) + loop + "<p>{{ message }}</p>"
    dearest = replace(GOOD_NOTICE, html=html)
    override = renderer.check(Kind.NOTIFICATION, "en", dearest, BRAND)
    for more in (outside * 7, loop, "{{ message }}{{ message }}"):
        assert "there are more than" in _refused(renderer, Kind.NOTIFICATION, replace(dearest, html=html + more)).why
    with patch.dict(renderer._environment.filters) as used:
        calls = _counting(used)
        override.body("html", {**vars(Notice("", "x", message)), "brand": BRAND})
    paragraphs = message.count("a")
    assert MOST_FILTERS < len(calls) <= MOST_FILTERS + MOST_NODES_IN_LOOPS * paragraphs
    assert MOST_MESSAGES * len(message) < sum(calls) <= (MOST_FILTERS + MOST_NODES_IN_LOOPS) * len(message)


def test_a_long_row_of_closing_marks_is_not_searched_for_links(renderer: Renderer) -> None:
    message = "https://example.com/?a=(1).\n\nhttps://example.com/" + "." * 50 + "x)"
    mail = renderer.render(Kind.NOTIFICATION, "en", Notice("", "x", message), BRAND)
    assert mail.html.count('<a href="https://example.com/?a=(1)') == 1
    assert ">https://example.com/" + "." * 50 + "x)</p>" in mail.html


def _counting(used: dict[str, Callable[..., Any]]) -> list[int]:
    """The characters that each call of a filter from now on gets."""
    calls: list[int] = []

    def counted(filter_: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(filter_)
        def call(*given: Any) -> Any:
            calls.append(len("".join(next(value for value in given if isinstance(value, (str, list))))))
            return filter_(*given)

        return call

    used |= {name: counted(used[name]) for name in ("join", "one_line", "paragraphs")}
    return calls


def test_a_template_that_makes_too_much_is_refused(renderer: Renderer) -> None:
    much = "{{ parts.code('" + "x" * 50_000 + "') }}"
    refusal = _refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + much * 8))
    assert "makes more than" in refusal.why


@pytest.mark.parametrize(
    "source",
    [
        "{{ given_name|upper }}",
        "{{ parts.code(given_name) }}",
        "{% if given_name == 'Bob' %}x{% endif %}",
        "{% if (given_name or 'x') == 'Bob' %}x{% endif %}",
        "{{ (given_name or 'x')|upper }}",
        '<p title="{{ given_name }}">x</p>',
    ],
)
def test_a_name_is_shown_or_asked_for_and_no_more(renderer: Renderer, source: str) -> None:
    assert "given_name" in _refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + source)).why


@pytest.mark.parametrize(
    "html",
    [
        "<p>",
        "</p>",
        "</td></tr></table>",
        "<td>x</td>",
        "<b><i>x</b></i>",
        "<!-- x",
        "<!-- x -->",
        "<![CDATA[",
        "<?php",
        "<plaintext>",
        "<textarea>",
        "<script>alert(1)</script>",
        "<style>.footer{display:none}</style>",
        "<iframe src=https://example.com></iframe>",
        "<form></form>",
        "<svg onload=alert(1)></svg>",
        '<p onclick="x">x</p>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="javascript:alert(1)" href="https://example.com">x</a>',
        '<a href=" JavaScript:alert(1)">x</a>',
        '<a href="data:text/html,x">x</a>',
        '<a href="//evil.example">x</a>',
        "<p title='",
        "<table/>",
        "<div/>",
        "<table></ table>",
        '<p a=="></p></td></tr></table>"></p>',
        '<p \u00a0="><table><tr><td x"></td></tr></table></p>',
        '<p title="a>b">x</p>',
        "<table><table></table></table>",
        "<table><p><table></table></p></table>",
        "<table><tbody><table></table></tbody></table>",
        "<table><tr><td><td></td></td></tr></table>",
        "<table><colgroup><tr></tr></colgroup></table>",
        "<p><b><p>x</p></b></p>",
        "<p>x<hr></p>",
        "<ul><li><b><li>x</li></b></li></ul>",
        "<li>x</li>",
        "<dl><dd><dt>x</dt></dd></dl>",
        "a < b",
        "<b>" * 100 + "</b>" * 100,
        "{% if not ip_address %}</td>{% endif %}",
        "{% if not given_name %}<p>{% endif %}",
    ],
)
def test_html_that_would_leave_its_place_or_act_is_refused(renderer: Renderer, html: str) -> None:
    assert _refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + html)).field == "html"


NESTING = ["a", "b", "p", "div", "h1", "pre", "ul", "li", "dl", "dd", "span", "table", "caption", "colgroup"]
NESTING += ["thead", "tbody", "tr", "td", "th"]


def test_what_is_taken_stays_in_its_place_for_a_parser_by_the_standard(renderer: Renderer) -> None:
    override = renderer.check(Kind.WELCOME, "en", OverrideSource("x", "<b>here</b>", "x"), BRAND)
    page = renderer.render(Kind.WELCOME, "en", Welcome.sample(), BRAND, override=override).html
    before, after = _without_attributes(page).split("<b>here</b>")
    parser = CSSInliner(load_remote_stylesheets=False)
    taken = [html for html in map(_nested, product(["table", "div"], NESTING, NESTING, NESTING)) if _is_taken(html)]
    assert len(taken) > len(NESTING)
    for html in taken:
        read = _without_attributes(parser.inline(before + html + after))
        assert read.startswith(before), html
        assert read.endswith(after), html
        _check_whole(read[len(before) : -len(after)])


def _without_attributes(html: str) -> str:
    unstyled = re.sub("<style.*?</style>", "", html, flags=re.DOTALL)
    return re.sub("(<[a-z0-9]+)[^<>]*>", r"\1>", unstyled)


def _nested(elements: Sequence[str]) -> str:
    return "".join(f"<{each}>" for each in elements) + "x" + "".join(f"</{each}>" for each in reversed(elements))


def _is_taken(html: str) -> bool:
    try:
        Fragment(html)
    except MarkupRefused:
        return False
    return True


def _check_whole(html: str) -> None:
    depth = 0
    for slash in re.findall(r"<(/?)\w", html):
        depth += -1 if slash else 1
        assert depth >= 0, html
    assert depth == 0, html


def test_ordinary_html_of_mails_is_taken(renderer: Renderer) -> None:
    html = (
        '<table role="presentation" width="100%"><tbody><tr><td style="padding:4px" class="small">a &lt; b &amp; c'
        '<br><img src="https://example.com/a.png" alt=""/></td></tr></tbody></table><ul><li>1 &#8211; 2</li></ul>'
    )
    _check(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + html))


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
    refusal = _refused(renderer, kind, replace(good, **changed))
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
    refusal = _refused(renderer, kind, replace(good, **{field: source.replace("CHANGE", change)}))
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
        assert "must show" in _refused(renderer, kind, replace(good, html=hidden)).why
        _check(renderer, kind, replace(good, html=hidden + good.html))


@pytest.mark.parametrize("tag", ["template", "head", "title", "style", "noscript", "details"])
def test_nothing_can_stand_where_no_mail_shows_it(renderer: Renderer, tag: str) -> None:
    hidden = f"<{tag}>{GOOD.html}</{tag}>"
    assert _refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=hidden)).why == f"may not hold <{tag}> there"


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
    assert "something to click" in _refused(renderer, Kind.RESET_LINK, replace(GOOD_LINK, html=empty)).why


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
    _check(renderer, Kind.RESET_LINK, replace(GOOD_LINK, html=html))


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
    _check(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html))


def test_a_subject_of_an_override_is_one_line(renderer: Renderer) -> None:
    override = renderer.check(
        Kind.ONE_TIME_CODE, "en", replace(GOOD, subject="Hi\r\nBcc: all@example.com\u202e"), BRAND
    )
    mail = renderer.render(Kind.ONE_TIME_CODE, "en", OneTimeCode.sample(), BRAND, override=override)
    assert mail.subject == "Hi Bcc: all@example.com"


def test_a_sample_notice_has_data_of_every_name() -> None:
    sample = with_any_data(Notice.sample())
    assert re.match("https://", vars(sample)["data"]["whatever"])
