"""The gallery: every kind of mail in every language as files."""

import os
import re
import shutil
from argparse import Namespace
from html import escape
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

_BROWSER = """\
#!/bin/sh
for told in "$@"; do
  case $told in
    --screenshot=*) picture=${told#--screenshot=} ;;
    file://*) page=${told#file://} ;;
    *preferredColorScheme=1) scheme=light ;;
    *preferredColorScheme=0) scheme=dark ;;
    --window-size=*) size=${told#--window-size=} ;;
  esac
done
{ echo "$scheme $size"; cat "$page"; } > "$picture"
"""
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


def test_every_mail_is_pictured_light_and_dark_as_wide_as_beside_a_list_and_on_a_telephone(
    configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure()
    monkeypatch.setenv("PATH", str(_browser_that_copies(tmp_path / "bin")), prepend=os.pathsep)
    assert main(["gallery", str(tmp_path), "--screenshots"]) == 0
    pictures = {picture.stem: picture.read_text(encoding="utf-8") for picture in (tmp_path / "screenshots").iterdir()}
    assert set(pictures) == {f"{tag}-{kind}-{scheme}" for tag in TAGS for kind in Kind for scheme in ("light", "dark")}
    for name, picture in pictures.items():
        locale, kind, scheme = name.rsplit("-", 2)
        assert picture.startswith(f"{scheme} 976,")
        assert re.findall(r'<iframe width="(\d+)"', picture) == ["600", "360"]
        mail = (tmp_path / locale / f"{kind}.html").read_text(encoding="utf-8")
        assert picture.count(escape(mail)) == 2
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'width="(\d+)"', index)) == {"600", "360"}


def _browser_that_copies(folder: Path) -> Path:
    """Stands for Chromium: its picture is what it was told, and the page."""
    folder.mkdir()
    browser = folder / screenshots.NAMES[0]
    browser.write_text(_BROWSER, encoding="utf-8")
    browser.chmod(0o755)
    return folder


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
