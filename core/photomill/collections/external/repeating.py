"""Something that is done in the background, again and again."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor

from photomill.retrying import Backoff


class Repeating:
    """Is done once for all that ask before it begins; after a failure again, in a while. Thread-safe."""

    def __init__(self, background: Executor, do: Callable[[], None], backoff: Backoff) -> None:
        self._background = background
        self._do = do
        self._backoff = backoff
        self._lock = threading.Lock()
        self._asked = False
        self._stopped = False
        self._resting: threading.Timer | None = None

    def ask(self) -> None:
        """Have it done, where it does not rest after a failure."""
        with self._lock:
            if self._asked or self._stopped or self._resting is not None:
                return
            self._asked = True
            self._background.submit(self._run)

    def stop(self) -> None:
        """Begin nothing further."""
        with self._lock:
            self._stopped = True
            if self._resting is not None:
                self._resting.cancel()

    def _run(self) -> None:
        with self._lock:
            self._asked = False
            if self._stopped:
                return
        try:
            self._do()
            self._backoff.succeeded()
        except Exception as error:
            with self._lock:
                if not self._stopped:
                    self._resting = threading.Timer(self._backoff.failed(error), self._rested)
                    self._resting.daemon = True
                    self._resting.start()

    def _rested(self) -> None:
        with self._lock:
            self._resting = None
        self.ask()
