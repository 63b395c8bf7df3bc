"""The files of a gallery: each mail's HTML and text, and one page that shows them all."""

from collections.abc import Mapping
from html import escape
from pathlib import Path

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.rendered import RenderedMail

Mails = Mapping[tuple[str, Kind], RenderedMail]

WIDE, NARROW = 600, 360
"""Pixels: a mail beside a list of mails, and a telephone."""

_PAGE = """\
<!doctype html>
<meta charset="utf-8">
<title>Mails</title>
<style>
:root {{ color-scheme: light dark }}
body {{ margin: 24px; font: 16px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }}
section {{ display: flex; flex-wrap: wrap; gap: 16px; margin: 0 0 40px }}
h2 {{ flex: 1 0 100%; margin: 0; font-size: 18px }}
iframe, pre {{ box-sizing: border-box; height: 900px; margin: 0; border: 1px solid GrayText; border-radius: 8px }}
pre {{ width: 600px; padding: 16px; overflow: auto; white-space: pre-wrap; font: 14px/1.5 ui-monospace, monospace }}
</style>
<h1>Mails</h1>
{sections}"""
_SECTION = """\
<section>
<h2>{title}</h2>
<iframe title="{title}" width="{wide}" src="{html}"></iframe>
<iframe title="{title}, narrow" width="{narrow}" src="{html}"></iframe>
<pre dir="auto">{text}</pre>
</section>
"""


def write(folder: Path, mails: Mails) -> None:
    """Write `index.html`, and `<locale>/<kind>.html` and `.txt`. Files that are there are overwritten."""
    for (locale, kind), mail in mails.items():
        (folder / locale).mkdir(parents=True, exist_ok=True)
        _file(folder, locale, kind, "html").write_text(mail.html, encoding="utf-8")
        _file(folder, locale, kind, "txt").write_text(f"{mail.subject}\n\n{mail.text}", encoding="utf-8")
    sections = "".join(_section(locale, kind, mail) for (locale, kind), mail in mails.items())
    (folder / "index.html").write_text(_PAGE.format(sections=sections), encoding="utf-8")


def _file(folder: Path, locale: str, kind: Kind, ending: str) -> Path:
    return folder / locale / f"{kind}.{ending}"


def _section(locale: str, kind: Kind, mail: RenderedMail) -> str:
    return _SECTION.format(
        title=escape(f"{kind} · {locale} · {mail.subject}"),
        html=f"{locale}/{kind}.html",
        text=escape(mail.text),
        wide=WIDE,
        narrow=NARROW,
    )
