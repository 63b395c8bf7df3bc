"""Names that people gave themselves, made safe to show to somebody in a mail from us.

Whoever registers chooses the name, and the mail goes to an address of their choice: a name is a way to put
words into our mouth. Mail clients turn anything like an address or a domain into a link, so a name that looks
like one is not repaired but left out: a mail that greets nobody is better than one with somebody's link.
"""

import re
import unicodedata

LONGEST_NAME = 40
"""Characters of a name that are shown; the rest is cut."""

_MOST_DIGITS = 3  # "Louis 14" is a name; "call 0800 1234" is not
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_DECORATION = frozenset({"So", "Sk"})
# Letters and marks that show nothing, and would hide a domain from the look below (Default_Ignorable_Code_Point).
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_LETTERS_AND_MARKS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc"})
_DIGITS = "Nd"
_PUNCTUATION = frozenset(" .,-'’‘ʼ‐‑·・׳")  # noqa: RUF001 - the marks that names are really written with
_DOMAIN_LIKE = re.compile(r"\.\w\w|\bwww\b", re.IGNORECASE)


def display_name(name: str) -> str:
    """The name as a mail may show it, or "" when there is none or it could be taken for more than a name.

    Invisible and direction-changing characters go, white space becomes single blanks, a long name is cut.
    What holds more than letters, few digits and the punctuation of names, or a domain, becomes "".
    """
    visible = _collapsed(_without_unseen(unicodedata.normalize("NFC", _BLANK.sub("", name))))
    return _cut(visible) if _is_harmless(visible) else ""


def _without_unseen(name: str) -> str:
    kept = (" " if char.isspace() else char for char in name)
    return "".join(char for char in kept if unicodedata.category(char) not in _UNSEEN | _DECORATION)


def _collapsed(name: str) -> str:
    return " ".join(name.split())


def _is_harmless(name: str) -> bool:
    if _DOMAIN_LIKE.search(name) or not any(char.isalpha() for char in name):
        return False
    digits = sum(unicodedata.category(char) == _DIGITS for char in name)
    return digits <= _MOST_DIGITS and all(map(_belongs_in_a_name, name))


def _belongs_in_a_name(char: str) -> bool:
    category = unicodedata.category(char)
    return category in _LETTERS_AND_MARKS or category == _DIGITS or char in _PUNCTUATION


def _cut(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    return name[: LONGEST_NAME - 1].rstrip() + "…"
