"""Which units of work may run beside others."""

import threading


class Gate:
    """Lets many units in at once, or one that is suspected of ending its process alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone = False
        self._wanting = 0
        self._closed = False

    def enter(self, *, alone: bool = False) -> bool:
        """Wait until a unit may run; False where nothing begins any more."""
        with self._changed:
            if alone:
                return self._enter_alone()
            self._changed.wait_for(lambda: self._closed or not (self._alone or self._wanting))
            return self._entered()

    @property
    def is_wanted(self) -> bool:
        """Whether a unit waits to run alone."""
        return self._wanting > 0

    def leave(self) -> None:
        """The unit has ended."""
        with self._changed:
            self._inside -= 1
            self._alone = False
            self._changed.notify_all()

    def wait_empty(self, seconds: float) -> bool:
        """Wait so long for those that run; whether none runs."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._inside, max(0.0, seconds))

    def close(self) -> None:
        """Let none in any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _enter_alone(self) -> bool:
        self._wanting += 1
        try:
            self._changed.wait_for(lambda: self._closed or not self._inside)
            self._alone = self._entered()
            return self._alone
        finally:
            self._wanting -= 1
            self._changed.notify_all()

    def _entered(self) -> bool:
        if self._closed:
            return False
        self._inside += 1
        return True
