"""A brand may have any colour, and what is written in it or on it can be read."""

from dataclasses import replace

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.colours import (
    BLACK,
    GOOD_CONTRAST,
    LEAST_CONTRAST,
    WHITE,
    contrast,
    legible,
    text_on,
)
from identity_service.notification.rendering.contexts import Verification
from identity_service.notification.rendering.renderer import Renderer

COLOURS = pytest.mark.parametrize(
    "accent", ["#000000", "#ffffff", "#ffeb3b", "#2f4bb8", "#777777", "#ff0000", "#00ff00"]
)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#123456", "#123456") == 1
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@COLOURS
def test_every_accent_leaves_text_that_can_be_read(accent: str) -> None:
    brand = Brand("Example", "https://example.com", accent=accent)
    assert contrast(brand.on_accent, brand.accent) >= LEAST_CONTRAST - 0.3
    assert contrast(brand.accent_on_light, WHITE) >= LEAST_CONTRAST
    assert contrast(brand.accent_on_dark, "#1a1e24") >= GOOD_CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert legible("#2f4bb8", WHITE) == "#2f4bb8"
    assert (text_on("#2f4bb8"), text_on("#ffeb3b")) == (WHITE, BLACK)


def test_what_a_brand_sets_holds(renderer: Renderer) -> None:
    brand = replace(Brand.sample(), accent="#ffeb3b", on_accent="#123456", accent_on_dark="#abcdef")
    html = renderer.render(Kind.VERIFICATION, "en", Verification.sample(), brand).html
    assert "background-color: #ffeb3b" in html
    assert "color: #123456" in html
    assert "color: #abcdef !important" in html
