"""Who looks after a dataset: one process at a time, as the dataset's own configuration says."""

import threading
import time
import uuid
from typing import TYPE_CHECKING

from photomill.plugin import IndexUnavailable
from photomill_lance.datasets import Conflicting, failures

if TYPE_CHECKING:
    import lance

KEY = "photomill.maintainer"


class Lease:
    """A right that ends by itself, unless it is renewed. The clocks of the machines agree within some seconds.

    Its threads wait for one another: Lance refuses a dataset that another thread is changing.
    """

    def __init__(self, dataset: "lance.LanceDataset", name: str, seconds: float) -> None:
        """
        :param dataset: a handle of its own.
        """
        self._dataset = dataset
        self._name = name
        self._seconds = seconds
        self._holder = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._given_back = False

    def take(self) -> bool:
        """Have it from now on; False where another process has it, or it was given back."""
        with self._lock:
            said = self._said()
            if self._given_back or (said is not None and said[1] > time.time()):
                return False
            try:
                self._say()
            except Conflicting:
                return False
            return True

    def renew(self) -> None:
        """Have it for as long again.

        :raises IndexUnavailable: another process has it.
        """
        with self._lock:
            said = self._said()
            if said is None or said[0] != self._holder:
                raise IndexUnavailable("another process looks after the index")
            try:
                self._say()
            except Conflicting as error:
                raise IndexUnavailable("another process looks after the index") from error

    def give_back(self) -> None:
        """Let others have it, where nobody else has it already. It cannot be taken again."""
        with self._lock:
            self._given_back = True
            said = self._said()
            if said is None or said[0] != self._holder:
                return
            try:
                with failures(self._name):
                    self._dataset.update_config({KEY: None})
            except Conflicting:
                return

    def _said(self) -> tuple[str, float] | None:
        """The holder, and until when."""
        with failures(self._name):
            self._dataset.checkout_latest()
            said = self._dataset.config().get(KEY)
        if said is None:
            return None
        holder, _, end = said.partition(" ")
        return holder, float(end)

    def _say(self) -> None:
        with failures(self._name):
            self._dataset.update_config({KEY: f"{self._holder} {time.time() + self._seconds}"})
