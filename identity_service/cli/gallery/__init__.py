"""identity-service gallery: every kind of mail in every language as files, to look at."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from identity_service import settings
from identity_service.bootstrap import configured
from identity_service.cli.gallery import pages, screenshots
from identity_service.cli.terminal import complain, say
from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer

_UNSUBSCRIBE = "https://example.com/unsubscribe?token=sample"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", nargs="?", type=Path, default=Path("gallery"), help="where to (default: %(default)s)")
    parser.add_argument("--screenshots", action="store_true", help="also pictures, light and dark, 600 and 360 px wide")


def run(arguments: argparse.Namespace) -> int:
    """0 when all was written, 1 when pictures were asked for and there is no Chromium to take them."""
    folder: Path = arguments.folder
    mails = dict(rendered(Renderer.from_package(), configured.brand(settings.load())))
    pages.write(folder, mails)
    say(f"{len(mails)} mails are in {folder / 'index.html'}")
    if not arguments.screenshots:
        return 0
    if not screenshots.take(folder, mails):
        complain("There is no Chromium to take screenshots with.")
        return 1
    say(f"and their screenshots in {folder / 'screenshots'}")
    return 0


def rendered(renderer: Renderer, brand: Brand) -> Iterator[tuple[tuple[str, Kind], RenderedMail]]:
    """Every mail by its language and kind, with sample values."""
    for locale in renderer.languages:
        for kind in Kind:
            link = _UNSUBSCRIBE if kind is Kind.NOTIFICATION else None
            yield (locale, kind), renderer.render(kind, locale, renderer.sample(kind, locale), brand, link)
