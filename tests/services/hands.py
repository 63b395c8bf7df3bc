"""A clock for tests in which the moment matters."""


class Hands:
    """Seconds that stand still until the test turns them."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def turn(self, seconds: float) -> None:
        self.seconds += seconds
