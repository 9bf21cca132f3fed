"""Hearing from PostgreSQL that there may be work, instead of asking again and again."""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from photomill.catalog import Catalog
from photomill.errors import PhotomillError
from photomill.jobs.repeated_errors import RepeatedErrors

logger = logging.getLogger(__name__)

_CHANNEL = "photomill_jobs"
"""What the triggers of the migration ``0020_job_notifications`` notify."""

_CHECK_SECONDS = 0.5
"""How soon a stop is noticed."""

_RETRY_SECONDS = 2.0


class Listener:
    """Listens on a connection of its own, which is opened again when it breaks.

    Notifications that come while there is none are lost, so the callback is called too when one was opened.
    """

    def __init__(self, engine: sa.Engine, callback: Callable[[], None]) -> None:
        """
        :param callback: called by the thread of :meth:`run`, after each notification.
        """
        self._engine = engine
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._callback = callback
        self._stopping = threading.Event()
        self._errors = RepeatedErrors(logger)
        self.connected = False

    @classmethod
    def of(cls, catalog: Catalog, callback: Callable[[], None]) -> "Listener | None":
        """A listener to a catalog; None where its database does not notify."""
        found = catalog.engine.dialect.name == "postgresql"
        return cls(catalog.engine, callback) if found else None

    def run(self) -> None:
        """Listen until the stop."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except (PhotomillError, SQLAlchemyError, self._driver_error) as error:
                self._errors.log("the catalog does not notify", error)
                self._stopping.wait(_RETRY_SECONDS)
            finally:
                self.connected = False

    def stop(self) -> None:
        """Let :meth:`run` return, soon."""
        self._stopping.set()

    def _listen(self) -> None:
        # Not one of the pool's: it is held as long as the process works on jobs.
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        with closing(connection):
            connection.autocommit = True
            connection.execute(f"LISTEN {_CHANNEL}")
            self.connected = True
            self._callback()
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=_CHECK_SECONDS, stop_after=1):
                    self._callback()
