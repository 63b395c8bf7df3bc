"""The languages that mails are written in: English, and whatever catalogues there are."""

from importlib.resources import files

from identity_service.notification.rendering.languages import Language, Languages

LANGUAGES: dict[str, Language] = {language.tag: language for language in Languages.load(files("templates") / "locale")}
"""By tag."""

TAGS = sorted(LANGUAGES)
