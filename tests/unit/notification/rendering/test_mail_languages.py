"""Catalogues: complete, correct, and chosen by the reader's language tag."""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from identity_service.notification.rendering.contexts import Notice
from identity_service.notification.rendering.languages import Language, Languages
from tests.services.languages import LANGUAGES

TEMPLATES = Path(str(files("templates")))
CATALOGUES = sorted((TEMPLATES / "locale").glob("*.po"))
IN_PYTHON = {"%(date)s, %(time)s UTC", Notice.sample().title, Notice.sample().message}


def _messages_in_templates() -> Iterator[str]:
    methods = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {pattern: {"newstyle_gettext": "true", "silent": "false"} for pattern, _ in methods}
    for _, _, message, _, _ in extract_from_dir(TEMPLATES, methods, options):
        yield message if isinstance(message, str) else message[0]


def _catalogue(path: Path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.stem, abort_invalid=True)


def test_arabic_is_there_and_runs_from_right_to_left() -> None:
    assert (LANGUAGES["ar"].direction, LANGUAGES["ar"].start) == ("rtl", "right")
    assert (LANGUAGES["en"].direction, LANGUAGES["en"].start) == ("ltr", "left")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_translates_every_message_and_no_other(path: Path) -> None:
    wanted = set(_messages_in_templates()) | IN_PYTHON
    translated = {message.id for message in _catalogue(path) if message.id and message.string and not message.fuzzy}
    assert len(wanted) > 20
    assert wanted - translated == set(), "missing in the catalogue"
    assert translated - wanted == set(), "in the catalogue, but used nowhere"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_keeps_exactly_the_placeholders_of_its_message(path: Path) -> None:
    for message in filter(lambda message: message.id, _catalogue(path)):
        placeholders = re.findall(r"%\(\w+\)s", str(message.id))
        assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == sorted(placeholders)
        assert not re.search(r"[<>\r]", str(message.string)), "translations hold words, not markup"


def test_arabic_has_its_six_plural_forms(tmp_path: Path) -> None:
    head = (TEMPLATES / "locale" / "ar.po").read_text(encoding="utf-8").split("\n\n")[0]
    forms = "\n".join(f'msgstr[{n}] "{word}"' for n, word in enumerate(["لا", "واحد", "اثنان", "قليل", "كثير", "غير"]))
    entry = f'{head}\n\nmsgid "%(num)s day"\nmsgid_plural "%(num)s days"\n{forms}\n'
    (tmp_path / "ar.po").write_text(entry, encoding="utf-8")
    messages = Languages.load(tmp_path).negotiate("ar").messages
    given = [messages.ngettext("%(num)s day", "%(num)s days", n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103)]
    assert given == ["لا", "واحد", "اثنان", "قليل", "قليل", "كثير", "كثير", "غير", "غير", "قليل"]


@pytest.mark.parametrize(
    ("requested", "given"),
    [
        ("ar", "ar"),
        ("ar-EG", "ar"),
        ("AR-eg", "ar"),
        ("ar_EG", "ar"),
        ("ar-Arab-EG-u-nu-arab", "ar"),
        ("en", "en"),
        ("en-GB", "en"),
        ("tlh", "en"),
        ("arx", "en"),
        ("", "en"),
        ("-", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_the_nearest_language_is_chosen(requested: str, given: str) -> None:
    languages = Languages([Language.english(), Language.of("ar", NullTranslations())])
    assert languages.negotiate(requested).tag == given


def test_a_new_language_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "pt_BR.po").write_text('msgid "Hello,"\nmsgstr "Olá,"\n', encoding="utf-8")
    languages = Languages.load(tmp_path)
    assert {language.tag for language in languages} == {"en", "pt-BR"}
    assert languages.negotiate("pt-br").messages.gettext("Hello,") == "Olá,"
    assert languages.negotiate("pt").tag == "en"
