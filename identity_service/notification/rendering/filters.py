"""What templates may call: translation, durations, dates, and isolation of text of either direction."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Literal

from babel.dates import format_date, format_time, format_timedelta
from jinja2 import pass_context, pass_eval_context
from jinja2.filters import do_urlize
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup, escape

from identity_service.notification.rendering.languages import Language

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
_Unit = Literal["day", "hour", "minute"]
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_BLANK_LINES = re.compile(r"\n\s*\n")
_CLOSINGS = re.compile("[)>.,]{50}")
_CONTROLS = frozenset({"Cc", "Cs"})
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e")  # direction embeddings and overrides, made to deceive


@pass_context
def gettext(context: Context, message: str) -> str:
    """The message in the language of the mail."""
    return _language(context).messages.gettext(message)


@pass_context
def ngettext(context: Context, singular: str, plural: str, count: int) -> str:
    """The message in the language of the mail, in its plural form for `count`."""
    return _language(context).messages.ngettext(singular, plural, count)


@pass_context
def duration(context: Context, value: timedelta) -> str:
    """`24 hours`, `10 minutes`: in one unit, never more than half a minute longer than it is.

    Stands as a label's value ("Valid for: 2 hours"), for Babel's words are nominative and Arabic inflects.
    """
    seconds = max(round(value / timedelta(minutes=1)), 1) * _MINUTE
    unit, size = _unit_of(seconds)
    whole = timedelta(seconds=seconds // size * size)
    # An unreachable threshold makes Babel use exactly the unit asked for.
    return format_timedelta(whole, granularity=unit, threshold=inf, locale=_language(context).locale)


@pass_context
def moment(context: Context, value: datetime) -> str:
    """`March 3, 2025, 2:05 PM UTC`: always in UTC, because the reader's zone is not known."""
    locale, utc = _language(context).locale, value.astimezone(UTC)
    date, time = format_date(utc, "long", locale), format_time(utc, "short", locale=locale)
    template = gettext(context, "%(date)s, %(time)s UTC")
    return template % {"date": date, "time": time.replace("\u202f", " ")}  # few mail fonts have that blank


@pass_context
def isolate(context: Context, value: str) -> str:
    """Text of unknown direction, kept from reordering its surroundings.

    In HTML `<bdi>`; in plain text invisible Unicode isolates, and only where lines run right to left.
    Not for codes and links in plain text: they stand alone on their line so that copying takes nothing else.
    """
    if context.eval_ctx.autoescape:
        return Markup("<bdi>{}</bdi>").format(value)
    if _language(context).direction == "ltr":
        return value
    return f"{_FIRST_STRONG_ISOLATE}{value}{_POP_ISOLATE}"


@pass_context
def direction(context: Context, text: str) -> str:
    """`ltr` or `rtl`, by the first letter that has one (as HTML's `dir=auto`, which few mail programs know)."""
    found = (_DIRECTIONS.get(unicodedata.bidirectional(char)) for char in text)
    return next((each for each in found if each), _language(context).direction)


def paragraphs(text: str) -> list[list[str]]:
    """Plain text as paragraphs, which blank lines part, each as its lines."""
    blocks = _BLANK_LINES.split("\n".join(text.splitlines()).strip())
    return [[_printable(line) for line in block.split("\n")] for block in blocks]


@pass_eval_context
def urlize(eval_ctx: EvalContext, line: str) -> str:
    """The line with its web and mail addresses as links, in HTML.

    A long row of closing marks leaves it without: Jinja's own takes the square of its length in time.
    """
    return escape(line) if _CLOSINGS.search(line) else do_urlize(eval_ctx, line)


def one_line(text: str) -> str:
    """The text without line breaks, and without characters that show nothing or turn its direction."""
    return _printable(" ".join(text.split()))


def _printable(line: str) -> str:
    return "".join(char for char in line if unicodedata.category(char) not in _CONTROLS and char not in _TURNS)


def _unit_of(seconds: int) -> tuple[_Unit, int]:
    if seconds >= 2 * _DAY:
        return "day", _DAY
    if seconds >= 2 * _HOUR or seconds == _HOUR:
        return "hour", _HOUR
    return "minute", _MINUTE


def _language(context: Context) -> Language:
    language: Language = context["language"]
    return language
