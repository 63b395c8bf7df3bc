"""What HTML an operator may write: that it stays in its place, and does nothing."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import pytest
from css_inline import CSSInliner

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.contexts import Welcome
from identity_service.notification.rendering.overrides.markup import Fragment, MarkupRefused
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.rendering.renderer import Renderer
from tests.services.overrides import BRAND, GOOD, check, refused


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
    assert refused(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + html)).field == "html"


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
    check(renderer, Kind.ONE_TIME_CODE, replace(GOOD, html=GOOD.html + html))
