"""Colours that can be read: contrast as WCAG 2.2 measures it, and what is done where a brand leaves too little."""

from functools import lru_cache
from typing import Final

WHITE: Final = "#ffffff"
BLACK: Final = "#111418"
LEAST_CONTRAST: Final = 4.5
"""What ordinary text needs (WCAG 2.2, 1.4.3)."""
GOOD_CONTRAST: Final = 7.0
"""What is easy to read (WCAG 2.2, 1.4.6)."""
_STEPS = 20


def contrast(one: str, other: str) -> float:
    """From 1, for the same colour, to 21, for black on white. Colours are `#rrggbb`."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """White or black, whichever is easier to read there."""
    return max((WHITE, BLACK), key=lambda colour: contrast(colour, background))


@lru_cache(maxsize=1024)
def legible(colour: str, background: str, ratio: float = LEAST_CONTRAST) -> str:
    """The colour, as much lighter or darker as it must be for that contrast to the background."""
    towards = text_on(background)
    shades = (_mixed(colour, towards, step / _STEPS) for step in range(_STEPS))
    return next((shade for shade in shades if contrast(shade, background) >= ratio), towards)


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
