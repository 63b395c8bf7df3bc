"""The languages mails are written in. English is the source text; every other one is a `.po` file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from gettext import NullTranslations
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Self

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

SOURCE_LANGUAGE = "en"


@dataclass(frozen=True)
class Language:
    """One language: its BCP 47 tag, Babel's data for dates and durations, and the translated messages.

    `direction` is `ltr` or `rtl`, as HTML writes it. `start` is the side where a line begins,
    as `left` or `right`: few mail clients know the word `start`.
    """

    tag: str
    locale: Locale
    messages: NullTranslations
    direction: str
    start: str

    @classmethod
    def of(cls, name: str, messages: NullTranslations) -> Self:
        """The language with Babel's `name` (`ar`, `pt_BR`) and these messages."""
        locale = Locale.parse(name)
        direction = locale.text_direction
        return cls(name.replace("_", "-"), locale, messages, direction, "right" if direction == "rtl" else "left")

    @classmethod
    def english(cls) -> Self:
        """The language of the source text, which needs no catalogue."""
        return cls.of(SOURCE_LANGUAGE, NullTranslations())


class Languages:
    """All languages that mails can be written in."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self._by_tag: Mapping[str, Language] = {language.tag.lower(): language for language in languages}

    @classmethod
    def load(cls, directory: Traversable) -> Self:
        """Read every `<language>.po` in `directory`; a file that cannot be read as a catalogue raises."""
        files = [file for file in directory.iterdir() if file.name.endswith(".po")]
        return cls([Language.english(), *map(_read, files)])

    def __iter__(self) -> Iterator[Language]:
        return iter(self._by_tag.values())

    def negotiate(self, requested: str) -> Language:
        """The nearest language to a BCP 47 tag (RFC 4647): `ar-EG` gives `ar`, an unknown one English."""
        subtags = requested.replace("_", "-").lower().split("-")
        for length in range(len(subtags), 0, -1):
            language = self._by_tag.get("-".join(subtags[:length]))
            if language is not None:
                return language
        return self._by_tag[SOURCE_LANGUAGE]


def _read(file: Traversable) -> Language:
    name = file.name.removesuffix(".po")
    with file.open("rb") as source:
        catalogue = read_po(source, locale=name, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language.of(name, Translations(compiled))
