"""An index as of one moment."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from photomill.plugin import EVERYTHING, Conditions, ExternalReader, Found, Serials, Vectors
from photomill_lance.conditions import LIVE, Where, among, quoted
from photomill_lance.datasets import failures
from photomill_lance.following import Version
from photomill_lance.ordered import Extent
from photomill_lance.probing import Probing
from photomill_lance.words import start, uncounted

if TYPE_CHECKING:
    import pyarrow as pa

FEW = 1000
"""Of a filter that lets through no more records than this, or than four times those wanted, every one is measured."""

_REMEMBERED = 1000
"""Neighbours whose vectors are kept, as they are asked for next."""

_MASKED = 1000
"""Records up to which those to be left out are left out of the answer, not of the search."""

_WINDOW = 1 << 20
"""Serials that a scan looks at in one go."""


class LanceReader(ExternalReader):
    """Reads one version of a dataset."""

    def __init__(self, version: Version, name: str) -> None:
        self.applied = version.state.sequence
        self.size = version.state.rows
        self._version = version
        self._name = name
        self._where = Where(version.attributes)
        self._near: dict[int, NDArray[np.float32]] = {}

    def vectors(self, serials: Sequence[int]) -> tuple[Serials, Vectors]:
        known = [serial for serial in serials if serial in self._near]
        found = np.array(known, np.int64)
        vectors = [self._near[serial] for serial in known]
        rest = [serial for serial in serials if serial not in self._near]
        if rest:
            table = self._table(["serial", "vector"], f"{LIVE} AND serial IN ({among(rest)})")
            found = np.concatenate([found, _numbers(table, "serial")])
            vectors.extend(self._vectors_of(table))
        empty = np.empty((0, self._version.dimension), np.float32)
        return found, np.stack(vectors) if vectors else empty

    def scan(
        self,
        filter: Conditions = EVERYTHING,
        *,
        after: int = -1,
        without: Collection[int] = (),
    ) -> Iterator[Serials]:
        where = self._where.sql(filter)
        hidden = np.fromiter(without, np.int64, len(without))
        while after < self._version.state.last:
            window = f"{where} AND serial > {after} AND serial <= {after + _WINDOW}"
            found = np.sort(_numbers(self._table(["serial"], window), "serial"))
            found = found[~np.isin(found, hidden)]
            if len(found):
                yield found
            after += _WINDOW

    def count(self, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()) -> int:
        every = self._passing(filter)
        if not without:
            return every
        where = self._where.sql(filter)
        return every - self._counted(f"{where} AND serial IN ({among(without)})")

    def facet(
        self, field: str, filter: Conditions = EVERYTHING, *, without: Collection[int] = ()
    ) -> Mapping[bytes, int] | None:
        if any(part.isdigit() for part in field.split(".")):
            return None  # It may be a place in an array.
        where = self._where.sql(filter, without)
        if self._counted(f"{where} AND array_has(words, {quoted(uncounted(field))})"):
            return None
        counts: Counter[bytes] = Counter()
        columns = ["words"]
        if field in self._version.attributes:
            extent = Extent(self._version.attributes.index(field))
            columns += [*extent.names("text"), *extent.names("number")]
        with failures(self._name):
            scanner = self._version.dataset.scanner(columns=columns, filter=where)
            for batch in scanner.to_batches():
                counts.update(_values(batch, start(field), columns[1:]))
        return counts

    # ------------------------------------------------------------ searching

    def _search(
        self,
        queries: Vectors,
        count: int,
        filter: Conditions,
        without: Collection[int],
        effort: int | None,
    ) -> list[Found]:
        probes = self._probes(filter, count, effort)
        return [self._nearest(query, count, filter, without, probes) for query in queries]

    def _probes(self, filter: Conditions, count: int, effort: int | None) -> int | None:
        """How many lists to look through; None where every record is measured."""
        probing = Probing.of(self._version.dataset.config())
        passing = self._passing(filter)
        if probing is None or passing <= max(FEW, 4 * count):
            return None
        return probing.probes(passing / max(self.size, 1), count, passing, effort)

    def _nearest(
        self,
        query: NDArray[np.float32],
        count: int,
        filter: Conditions,
        without: Collection[int],
        probes: int | None,
    ) -> Found:
        if probes is not None:
            found = self._asked(query, count, filter, without, probes)
            if len(found.serials) == count:
                return found
        # The lists did not have enough, or were not asked.
        return self._asked(query, count, filter, without, None)

    def _asked(
        self,
        query: NDArray[np.float32],
        count: int,
        filter: Conditions,
        without: Collection[int],
        probes: int | None,
    ) -> Found:
        """The nearest in some lists, or of all."""
        masked = filter == EVERYTHING and len(without) <= _MASKED
        wanted = count + len(without) if masked else count
        nearest: dict[str, Any] = {"column": "vector", "q": query, "k": wanted, "metric": "l2"}
        if probes is None:
            nearest["use_index"] = False
        else:
            nearest |= {"nprobes": probes, "refine_factor": _refined(wanted)}
        remembers = wanted <= _REMEMBERED
        columns = ["serial", "_distance", *(["vector"] if remembers else [])]
        table = self._table(
            columns,
            # Rows that are no records have no vectors.
            None if masked else self._where.sql(filter, without),
            nearest=nearest,
            prefilter=True,
        )
        serials = _numbers(table, "serial")
        distances = np.sqrt(np.maximum(_numbers(table, "_distance"), 0.0), dtype=np.float32)
        if remembers:
            self._near |= zip(serials.tolist(), self._vectors_of(table), strict=True)
        order = np.lexsort((serials, distances))
        if masked and without:
            order = order[~np.isin(serials[order], np.fromiter(without, np.int64, len(without)))]
        order = order[:count]
        return Found(serials[order], distances[order])

    def _passing(self, filter: Conditions) -> int:
        if filter == EVERYTHING:
            return self.size
        with failures(self._name):
            return self._version.counted(self._where.sql(filter))

    def _counted(self, where: str) -> int:
        """As nobody is likely to ask again."""
        with failures(self._name):
            return int(self._version.dataset.count_rows(filter=where))

    def _table(self, columns: list[str], where: str | None, **options: Any) -> "pa.Table":
        with failures(self._name):
            return self._version.dataset.scanner(
                columns=columns, filter=where, **options
            ).to_table()

    def _vectors_of(self, table: "pa.Table") -> Vectors:
        flat = table["vector"].combine_chunks()
        values: Vectors = flat.flatten().to_numpy(zero_copy_only=False)
        return values.reshape(table.num_rows, self._version.dimension)


def _refined(count: int) -> int:
    """How many times as many candidates are measured as are wanted."""
    return 4 if count <= 100 else 2 if count <= 1000 else 1


def _numbers(table: "pa.Table", column: str) -> NDArray[Any]:
    numbers: NDArray[Any] = table[column].to_numpy()
    return numbers


def _values(batch: "pa.RecordBatch", begin: str, ends: Sequence[str]) -> Counter[bytes]:
    """In how many rows each value is, as JSON, told from words, and from least and greatest values."""
    import pyarrow.compute as pc

    counts: Counter[bytes] = Counter()
    words = batch["words"].flatten()
    for each in pc.value_counts(words.filter(pc.starts_with(words, begin))):
        value = json.loads(each["values"].as_py()[len(begin) :])
        counts[msgspec.json.encode(value)] += each["counts"].as_py()
    for least, greatest in zip(ends[::2], ends[1::2], strict=True):
        others = batch[greatest].filter(pc.not_equal(batch[greatest], batch[least]))
        for column in (batch[least], others):
            for each in pc.value_counts(column.drop_null()):
                value = each["values"].as_py()
                if isinstance(value, str):
                    value = value.encode("latin-1").decode("utf-8", "surrogatepass")
                elif value == int(value):
                    value = int(value)
                counts[msgspec.json.encode(value)] += each["counts"].as_py()
    return counts
