"""Time that a test sets."""


class SetTime:
    """What a module takes for `time`: how long this machine stands still between two looks says nothing."""

    now = 1_000.0

    def monotonic(self) -> float:
        return self.now
