import pytest

from identity_service.notification.messages import delivery, fan_out


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a dozen recipients are several batches, of looking up and of sending."""
    monkeypatch.setattr(fan_out, "BATCH", 5)
    monkeypatch.setattr(delivery, "BATCH", 4)
