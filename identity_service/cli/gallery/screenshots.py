"""Pictures of a gallery's mails, taken by a headless Chromium: both widths side by side, light and dark."""

import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path

from identity_service.cli.gallery.pages import NARROW, WIDE, Mails

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_SCHEMES = {"light": "1", "dark": "0"}
_HEIGHT = 1_250
_PATIENCE_SECONDS = 60
_FLAGS = "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --hide-scrollbars"
_SIDE_BY_SIDE = """\
<!doctype html>
<meta charset="utf-8">
<style>
body {{ display: flex; gap: 16px; margin: 0; background: #808080 }}
iframe {{ flex: none; border: 0; height: {height}px }}
</style>
<iframe width="{wide}" srcdoc="{mail}"></iframe>
<iframe width="{narrow}" srcdoc="{mail}"></iframe>
"""


def take(folder: Path, mails: Mails) -> bool:
    """Write `screenshots/<locale>-<kind>-<scheme>.png`; False if there is no Chromium."""
    binary = next(filter(None, map(shutil.which, NAMES)), None)
    if binary is None:
        return False
    pictures = folder.resolve() / "screenshots"
    pictures.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for (locale, kind), mail in mails.items():
            page = Path(scratch, "page.html")
            page.write_text(_side_by_side(mail.html), encoding="utf-8")
            for scheme in _SCHEMES:
                _shoot(binary, Path(scratch), page, pictures / f"{locale}-{kind}-{scheme}.png", scheme)
    return True


def _side_by_side(mail: str) -> str:
    return _SIDE_BY_SIDE.format(mail=escape(mail), wide=WIDE, narrow=NARROW, height=_HEIGHT)


def _shoot(binary: str, scratch: Path, page: Path, picture: Path, scheme: str) -> None:
    command = [
        binary,
        *_FLAGS.split(),
        f"--user-data-dir={scratch / 'profile'}",
        f"--blink-settings=preferredColorScheme={_SCHEMES[scheme]}",
        f"--window-size={WIDE + 16 + NARROW},{_HEIGHT}",
        f"--screenshot={picture}",
        page.as_uri(),
    ]
    subprocess.run(  # noqa: S603 - our own page, by the browser that is installed
        command, check=True, capture_output=True, timeout=_PATIENCE_SECONDS
    )
