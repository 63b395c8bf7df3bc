"""Templates of operators as tests write them: good ones, and how others are looked at."""

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.overrides.refusal import TemplateRefused
from identity_service.notification.rendering.overrides.source import OverrideSource
from identity_service.notification.rendering.renderer import Renderer

BRAND = Brand.sample()
GOOD = OverrideSource("Your code", "<p>{{ code }}</p>", "{{ code }}")
GOOD_NOTICE = OverrideSource("News", "<p>{{ message }}</p>", "{{ message }}")
GOOD_LINK = OverrideSource("Reset", '<a href="{{ link }}">x</a>', "{{ link }}")


def check(renderer: Renderer, kind: Kind, source: OverrideSource, locale: str = "en") -> None:
    """Raises `TemplateRefused`."""
    renderer.check(kind, locale, source, BRAND)


def refused(renderer: Renderer, kind: Kind, source: OverrideSource) -> TemplateRefused:
    """Why the template is refused, as it must be."""
    with pytest.raises(TemplateRefused) as refusal:
        check(renderer, kind, source)
    return refusal.value
