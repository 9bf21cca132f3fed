"""Filter languages: a JSON expression to a predicate over records."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.columns import Columns
from photomill.components.base import Component
from photomill.components.conditions import Conditions, Opaque

Json = Any
"""Whatever JSON can say: None, bool, int, float, str, list, dict."""


class Predicate(ABC):
    """A compiled filter."""

    @abstractmethod
    def matches(self, record: Mapping[str, Json]) -> bool:
        """Test one record exactly. A record holds ``_id``, ``tags`` and every attribute."""

    def conditions(self) -> Conditions:
        """The filter as another engine may be asked: it says exactly what :meth:`matches` does.

        What cannot be said so is ``Opaque``, and :meth:`matches` is asked.
        """
        return Opaque()

    def mask(self, columns: Columns) -> NDArray[np.bool_]:
        """Test every record: bool (columns.size,).

        Exactly what :meth:`matches` gives for each record; override it where columns make it fast. Rows that
        are deleted may hold either answer.
        """
        result = np.zeros(columns.size, np.bool_)
        for row, record in columns.records():
            if row < len(result):
                result[row] = self.matches(record)
        return result


class FilterLanguage(Component):
    """Compiles filter expressions."""

    family = "filters"

    @abstractmethod
    def compile(self, expression: Json) -> Predicate:
        """Compile an expression.

        :raises InvalidFilter: the expression is malformed, too deep or too large; the message names the operator.
        """
