"""The pages of `dev` in a real browser: what a person sees, presses and hears of."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from identity_service.storage.tables import users
from identity_service.web.app import edge_app
from identity_service.web.server import HttpServer
from tests.conftest import missing
from tests.e2e.chromium import Chromium, Page, chromium_binary
from tests.services.household import Household
from tests.unit.web.edge import capture, parts_of

HOSTILE = """<html><head></head><body>
<script>parent.document.title = "taken over"</script>
<img src="x" onerror="parent.document.title = 'taken over'">
<svg onload="parent.document.title = 'taken over'"></svg>
<iframe src="javascript:parent.parent.document.title = 'taken over'"></iframe>
<form action="/verify-email" method="post"><button autofocus>Go</button></form>
<meta http-equiv="refresh" content="0;url=/verify-email?token=x">
<a id="link" href="https://example.com/">A link</a>
</body></html>"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    binary = chromium_binary()
    if binary is None:
        missing("no Chromium: install it to have the pages tried in a browser")
    browser = Chromium(binary, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def home(sqlite_url: str, tmp_path: Path) -> Iterator[Household]:
    with Household(sqlite_url, tmp_path) as household:
        yield household


@pytest.fixture
def site(home: Household, tmp_path: Path) -> Iterator[str]:
    """Where the edge of `home` is."""
    parts = parts_of(home, tmp_path / "mail")
    server = HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping)
    yield f"http://127.0.0.1:{server.start()}"
    assert server.stop(20)


@pytest.fixture
def open_page(browser: Chromium, site: str) -> Iterator[Callable[..., Page]]:
    """Opens pages of the site; at the end none of them may have complained."""
    pages: list[Page] = []
    browser.console.clear()

    def open_page(path: str = "/", **how: int) -> Page:
        pages.append(browser.page(**how))
        pages[-1].open(site + path)
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()


def texts(page: Page, selector: str) -> list[str]:
    return list(page.evaluate(f"[...document.querySelectorAll({selector!r})].map(e => e.innerText.trim())"))


def test_two_mails_are_listed_newest_first_and_the_newest_is_open(open_page, browser, home):
    home.register("ada@example.com")
    home.post()
    arabic = home.register("layla@example.com", locale="ar").notification_id
    home.post()
    page = open_page()
    assert texts(page, "#mails .recipient") == ["layla@example.com", "ada@example.com"]
    assert texts(page, "#mails .state") == ["Sent", "Sent"]
    assert page.evaluate("document.querySelector('.mail').dataset.id") == str(arabic)
    assert page.evaluate("getComputedStyle(document.querySelector('#mails .subject')).direction") == "rtl"
    assert page.evaluate("document.title") == "(1) Mailbox"
    assert browser.console == []


def test_the_first_mail_appears_by_itself_and_opens(open_page, browser, home):
    page = open_page()
    assert "No mail yet" in texts(page, "h1")
    page.evaluate("window.sameDocument = true")
    code = home.letter(home.register().notification_id).code
    page.wait_for("!!document.querySelector('.mail')")
    assert texts(page, ".quick .shown") == [code]
    assert page.evaluate("window.sameDocument")
    assert browser.console == []


def test_a_later_mail_does_not_take_the_page_from_its_reader(open_page, home):
    home.register()
    home.post()
    page = open_page()
    reading = page.evaluate("document.querySelector('.mail').dataset.id")
    home.register("layla@example.com")
    home.post()
    page.wait_for("document.querySelectorAll('#mails li').length === 2")
    assert page.evaluate("document.querySelector('.mail').dataset.id") == reading
    assert page.evaluate("document.title") == "(1) Mailbox"


def test_a_hostile_mail_runs_nothing_and_stays_in_its_frame(open_page, browser, tmp_path):
    notification_id = capture(tmp_path / "mail", subject="<script>document.title='taken over'</script>", html=HOSTILE)
    page = open_page(f"/mails/{notification_id}")
    page.evaluate("new Promise(done => setTimeout(done, 500))")
    assert page.evaluate("document.title") == "Mailbox"
    assert texts(page, ".mail h1") == ["<script>document.title='taken over'</script>"]
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    assert page.evaluate("location.pathname") == f"/mails/{notification_id}"
    (frame,) = browser.frames()
    assert any("Blocked script execution" in complaint for complaint in browser.console)
    assert frame.evaluate("[origin, location.pathname, document.querySelector('#link').innerText]") == [
        "null",
        f"/mails/{notification_id}/html",
        "A link",
    ]


def test_every_part_of_a_mail_is_a_tab_away(open_page, home):
    notification_id = home.register().notification_id
    letter = home.letter(notification_id)
    page = open_page()
    shown = "[...document.querySelectorAll('.panel:not([hidden])')].map(panel => panel.id).join()"
    for name in ("text", "headers", "delivery", "html"):
        page.evaluate(f"document.querySelector('[data-tab={name}]').click()")
        assert page.evaluate(shown) == f"panel-{name}"
    assert letter.token in page.evaluate("document.querySelector('#text').textContent")
    assert str(notification_id) in page.evaluate("document.querySelector('#panel-headers').textContent")
    assert "1 of 6" in page.evaluate("document.querySelector('#panel-delivery').textContent")


def test_the_width_of_the_frame_follows_the_switch(open_page, home):
    home.register()
    home.post()
    page = open_page()
    width = "document.querySelector('iframe').clientWidth"
    assert page.evaluate(width) == 600
    page.evaluate("document.querySelector('[name=width][value=\"360\"]').click()")
    assert page.evaluate(width) == 360
    page.evaluate("document.querySelector('[name=width][value=\"600\"]').click()")


def test_the_list_is_filtered_by_recipient_and_subject(open_page, tmp_path):
    capture(tmp_path / "mail", subject="Your invoice", to="ada@example.com")
    capture(tmp_path / "mail", subject="Welcome", to="layla@example.com")
    page = open_page()
    for wanted, found in [
        ("LAYLA", ["Welcome"]),
        ("invoice", ["Your invoice"]),
        ("zz", []),
        ("", ["Welcome", "Your invoice"]),
    ]:
        page.evaluate(
            f"(s => {{ s.value = {wanted!r}; s.dispatchEvent(new Event('input')) }})(document.querySelector('#search'))"
        )
        assert texts(page, "#mails li:not([hidden]) .subject") == found
        assert page.evaluate("!document.querySelector('#no-match').hidden") is (wanted == "zz")


def test_the_keyboard_is_enough(open_page, home, tmp_path):
    capture(tmp_path / "mail", subject="The older")
    home.register()
    home.post()
    page = open_page()
    # The mark stays for a moment only.
    page.evaluate(
        "new MutationObserver(() => window.wasCopied = true)"
        ".observe(document.querySelector('.quick button'), {attributeFilter: ['data-copied']})"
    )
    page.press("c")
    page.wait_for("window.wasCopied")
    page.press("j")
    page.wait_for("document.querySelector('.mail h1').innerText === 'The older'")
    page.press("k")
    page.wait_for("document.querySelector('.mail h1').innerText.startsWith('Confirm')")
    page.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def test_on_a_narrow_screen_the_list_leads_to_the_mail_and_back(open_page, home):
    home.register()
    home.post()
    page = open_page(width=390, height=844)
    visible = "['.list', '.pane'].filter(s => document.querySelector(s).checkVisibility()).join()"
    assert page.evaluate(visible) == ".list"
    page.evaluate("document.querySelector('#mails a').click()")
    page.wait_for(f"{visible} === '.pane'")
    page.evaluate("document.querySelector('.back').click()")
    page.wait_for(f"{visible} === '.list'")


def test_the_button_behind_the_link_verifies_and_the_welcome_mail_arrives(open_page, browser, home):
    letter = home.letter(home.register().notification_id)
    mailbox = open_page()
    page = open_page(f"/verify-email?token={letter.token}")
    assert home.rows(users) == []
    page.evaluate("document.querySelector('form button').click()")
    page.wait_for("document.title === 'Address confirmed'")
    assert "ada@example.com is confirmed" in page.evaluate("document.body.innerText")
    assert [row["email"] for row in home.rows(users)] == ["ada@example.com"]
    home.post()
    mailbox.call("Page.bringToFront")
    mailbox.wait_for("document.querySelectorAll('#mails li').length === 2", seconds=10)
    assert texts(mailbox, "#mails .kind")[0] == "Welcome"
    assert browser.console == []


def test_a_page_that_lost_its_server_says_so(open_page, home, tmp_path):
    parts = parts_of(home, tmp_path / "mail")
    server = HttpServer(edge_app(parts), "127.0.0.1:0", parts.stopping)
    port = server.start()
    page = open_page()
    page.open(f"http://127.0.0.1:{port}/")
    assert texts(page, "#live") == ["Live"]
    server.stop(5)
    page.wait_for("document.querySelector('#live').innerText === 'Reconnecting…'", seconds=10)
