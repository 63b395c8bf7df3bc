"""What an operator's template may say, and that it takes a bounded time and memory."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any
from unittest.mock import patch

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import Notice
from identity_service.notification.rendering.overrides.limits import (
    MOST_FILTERS,
    MOST_MESSAGES,
    MOST_NODES,
    MOST_NODES_IN_LOOPS,
)
from identity_service.notification.rendering.renderer import Renderer
from tests.services.overrides import BRAND, GOOD, GOOD_NOTICE, check, refused

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
        refusal = refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, **{field: getattr(GOOD, field) + source}))
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
    assert refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + source)).field == "html"


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
    why = refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html)).why
    assert "in a loop use its own variable" in why or "`join` takes" in why


def test_a_long_constant_stands_outside_of_a_loops_expressions(renderer: Renderer) -> None:
    html = "{% for lines in message|paragraphs %}{{ ('" + "a" * 201 + "' or lines)|upper }}{% endfor %}"
    assert "a constant in a loop" in refused(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=html)).why


def test_a_loop_may_show_what_is_around_it(renderer: Renderer) -> None:
    shown = (
        "{% if loop.first and given_name %}{{ given_name|isolate }}{% endif %}{{ title }}{{ lines|join(' ')|upper }}"
    )
    html = "{% for lines in message|paragraphs %}<p style='color:{{ brand.accent }}'>" + shown + "</p>{% endfor %}"
    check(renderer, Kind.NOTIFICATION, replace(GOOD_NOTICE, html=GOOD_NOTICE.html + html))


def test_the_dearest_template_goes_through_the_longest_message_a_bounded_number_of_times(renderer: Renderer) -> None:
    message = ("a\n\n" * 7_000)[:20_000]
    in_loop = "{% if lines|join(' ')" + "|one_line" * 24 + " == 'x' %}{% endif %}"
    outside = "{% if message" + "|one_line" * 5 + " == 'x' %}{% endif %}"
    loop = "{% for lines in message|paragraphs %}" + in_loop * 3 + "{% endfor %}"
    html = outside * (MOST_MESSAGES - 2) + loop + "<p>{{ message }}</p>"
    dearest = replace(GOOD_NOTICE, html=html)
    override = renderer.check(Kind.NOTIFICATION, "en", dearest, BRAND)
    for more in (outside * 7, loop, "{{ message }}{{ message }}"):
        assert "there are more than" in refused(renderer, Kind.NOTIFICATION, replace(dearest, html=html + more)).why
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
    refusal = refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + much * 8))
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
    assert "given_name" in refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + source)).why
