"""A point in time by which something has to be over."""

from time import monotonic


class Deadline:
    """Ends `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left, more than 0. Raises TimeoutError when there are none."""
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    @property
    def is_over(self) -> bool:
        return monotonic() >= self._end

    def leaves(self, seconds: float) -> bool:
        """Whether it ends only after so many seconds."""
        return monotonic() + seconds < self._end

    def within(self, seconds: float) -> "Deadline":
        """The earlier of this deadline and one in `seconds`."""
        earlier = Deadline(seconds)
        earlier._end = min(earlier._end, self._end)
        return earlier
