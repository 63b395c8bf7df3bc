"""The gallery: every kind of mail in every language as files."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from identity_service.cli import gallery, main
from identity_service.cli.gallery import pages, screenshots
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.contexts import Notice
from identity_service.notification.rendering.renderer import Renderer
from tests.e2e.chromium import chromium_binary
from tests.services.languages import LANGUAGES, TAGS
from tests.unit.cli.conftest import Configure

PNG = b"\x89PNG\r\n"


def test_every_kind_is_written_in_every_language_with_a_page_that_shows_all(
    configure: Configure, tmp_path: Path
) -> None:
    configure()
    folder = tmp_path / "new" / "gallery"
    assert main(["gallery", str(folder)]) == 0
    index = (folder / "index.html").read_text(encoding="utf-8")
    for locale in TAGS:
        for kind in Kind:
            html = (folder / locale / f"{kind}.html").read_text(encoding="utf-8")
            text = (folder / locale / f"{kind}.txt").read_text(encoding="utf-8")
            assert f'lang="{locale}"' in html
            assert "Amina" in text
            assert f'src="{locale}/{kind}.html"' in index
        title = LANGUAGES[locale].messages.gettext(Notice.sample().title)
        assert (folder / locale / "notification.txt").read_text(encoding="utf-8").startswith(title)
    assert not (folder / "screenshots").exists()


def test_without_a_browser_it_says_that_there_are_no_pictures(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert gallery.run(Namespace(folder=tmp_path, screenshots=True)) == 1
    assert "no Chromium" in capsys.readouterr().err


@pytest.mark.skipif(chromium_binary() is None, reason="Chromium is not installed")
def test_pictures_are_taken_light_and_dark(tmp_path: Path) -> None:
    mails = dict(gallery.rendered(Renderer.from_package(), Brand.sample()))
    some = {key: mail for key, mail in mails.items() if key == ("ar", Kind.WELCOME)}
    pages.write(tmp_path, some)
    assert screenshots.take(tmp_path, some)
    light, dark = (tmp_path / "screenshots" / f"ar-welcome-{scheme}.png" for scheme in ("light", "dark"))
    assert light.read_bytes().startswith(PNG)
    assert dark.read_bytes().startswith(PNG)
    assert light.read_bytes() != dark.read_bytes()
