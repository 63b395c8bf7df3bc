"""What the rendering tests share: one renderer, and the mail of every kind and language."""

import pytest

from identity_service.notification.kinds import Kind
from identity_service.notification.rendering.brand import Brand
from identity_service.notification.rendering.rendered import RenderedMail
from identity_service.notification.rendering.renderer import Renderer
from tests.services.languages import TAGS


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer.from_package()


@pytest.fixture(params=TAGS)
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=list(Kind))
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(request.param)


@pytest.fixture
def mail(renderer: Renderer, kind: Kind, locale: str) -> RenderedMail:
    return renderer.render(kind, locale, renderer.sample(kind, locale), Brand.sample())
