"""MongoDB's query language as a filter language."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from photomill.plugin import Columns, Conditions, FilterLanguage, Json, Mask, Predicate
from photomill_mongo.conditions import conditions_of
from photomill_mongo.evaluate import compiled
from photomill_mongo.nodes import Node
from photomill_mongo.parse import parse
from photomill_mongo.vectorise import exact_mask, paths


@frozen
class MongoOptions:
    """
    :ivar strict_types: a numeric string does not compare with numbers in ``$gt``, ``$gte``, ``$lt`` and ``$lte``.
    """

    strict_types: bool = False


class MongoFilter(FilterLanguage):
    """MongoDB's query operators, written before or after the field.

    ``{"price": {"$gte": 200}}`` and ``{"$gte": {"price": "200"}}`` say the same.
    """

    name = "mongo"
    Options = MongoOptions

    def compile(self, expression: Json) -> Predicate:
        return MongoPredicate(parse(expression, strict_types=self.options.strict_types))


class MongoPredicate(Predicate):
    """A compiled filter."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._holds = compiled(node)
        self._paths = tuple(paths(node))

    def matches(self, record: Mapping[str, Any]) -> bool:
        return self._holds(record)

    def conditions(self) -> Conditions:
        return conditions_of(self._node)

    def mask(self, columns: Columns) -> Mask:
        return exact_mask(self._node, columns.table(self._paths), self._holds)
