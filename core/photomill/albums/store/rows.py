"""From frozen data to rows of a table, and back."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

import attrs
import sqlalchemy as sa

from photomill.albums.tokens import may_be_name
from photomill.catalog.catalog import Catalog
from photomill.errors import NotFound

T = TypeVar("T")
Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]

JSON: Codec = (lambda value: json.dumps(dict(value)), json.loads)
FLAG: Codec = (int, bool)
SHA256: Codec = (lambda text: bytes.fromhex(text) or None, lambda digest: (digest or b"").hex())


class RowTable(Generic[T]):
    """One table, whose rows stand for values of one attrs class.

    :cvar kind: the class; a field is the column of its name, where the table has one.
    :cvar what: a row stands for, in messages.
    :cvar columns: of fields that are called otherwise.
    :cvar codecs: for columns that keep a field in another form: into the row, and out of it.
    """

    kind: type[T]
    table: sa.Table
    what: str
    columns: ClassVar[Mapping[str, str]] = {}
    codecs: ClassVar[Mapping[str, Codec]] = {}

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @classmethod
    def column_names(cls) -> set[str]:
        """Those that keep a field."""
        fields = attrs.fields(cls.kind)  # type: ignore[arg-type]
        return {cls.columns.get(each.name, each.name) for each in fields} & set(cls.table.c.keys())

    @classmethod
    def row(cls, value: T) -> dict[str, Any]:
        """The columns of a value."""
        named = {
            cls.columns.get(each.name, each.name): getattr(value, each.name)
            for each in attrs.fields(cls.kind)  # type: ignore[arg-type]
        }
        return {
            column: cls.codecs[column][0](content) if column in cls.codecs else content
            for column, content in named.items()
            if column in cls.table.c
        }

    @classmethod
    def value(cls, row: Any) -> T:
        """What a row stands for."""
        found = row._mapping
        fields: dict[str, Any] = {}
        for each in attrs.fields(cls.kind):  # type: ignore[arg-type]
            column = cls.columns.get(each.name, each.name)
            if column in found:
                content = found[column]
                fields[each.name] = (
                    cls.codecs[column][1](content) if column in cls.codecs else content
                )
        return cls.kind(**fields)

    def get(self, key: str) -> T:
        """A row by its id.

        :raises NotFound: there is none of this id; a deleted one is still there.
        """
        found = self.select(self._by_id, {"key": key}) if may_be_name(key) else []
        if not found:
            raise NotFound(f"no {self.what} {key!r}")
        return found[0]

    @cached_property
    def _by_id(self) -> "sa.Select[Any]":
        # Made once: to make a statement takes longer than to run it.
        return sa.select(self.table).where(self.table.c.id == sa.bindparam("key"))

    def select(self, query: "sa.Select[Any]", values: Mapping[str, Any] | None = None) -> list[T]:
        """What a query finds.

        :param values: of its parameters.
        """
        with self._catalog.read() as connection:
            return [self.value(row) for row in connection.execute(query, values)]

    def write(self, statement: Any, values: Mapping[str, Any] | None = None) -> bool:
        """Change rows, in a transaction of its own; tells whether there were any.

        :param values: of its parameters.
        """
        with self._catalog.write() as connection:
            return bool(connection.execute(statement, values).rowcount)

    def change(self, key: str, **values: Any) -> None:
        """Set columns of one row."""
        self.write(sa.update(self.table).where(self.table.c.id == key).values(**values))

    def forget(self, key: str) -> None:
        """Take a row out of the catalog, with all that belongs to it."""
        self.write(sa.delete(self.table).where(self.table.c.id == key))
