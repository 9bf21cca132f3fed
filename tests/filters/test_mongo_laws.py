"""The columns say what each record says, whatever the filter and the records."""

from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from photomill.columns import Columns
from photomill_mongo import MongoFilter, MongoOptions

BIG = 2**53
NAMES = ["a", "b", "0", "1", "é"]

# Few values, so that filters and records meet often; then any value.
SCALARS = st.one_of(
    st.sampled_from(
        [None, True, False, 0, 1, -0.0, 1.0, 2.5, -3, "", "a", "A", "ab", "5", " 2.5 ", "é"]
    ),
    st.sampled_from([BIG, BIG + 1, -BIG - 1, float(BIG), 2.0**60, 2**60, 1e300, 10**300, 10**400]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
PATTERNS = st.sampled_from(["a", "^a", "A$", ".", "", "^$", "[^a]", "é # e"])
OPTIONS = st.sampled_from(["", "i", "m", "s", "x", "imsx"])
COMPARISONS = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]


@st.composite
def values(draw: st.DrawFn, depth: int = 0) -> Any:
    shape = draw(st.integers(0, 9)) if depth < 3 else 0
    if shape < 6:
        return draw(SCALARS)
    count = draw(st.integers(0, 3))
    if shape < 8:
        return [draw(values(depth + 1)) for _ in range(count)]
    return {draw(st.sampled_from(NAMES)): draw(values(depth + 1)) for _ in range(count)}


@st.composite
def records(draw: st.DrawFn) -> list[dict[str, Any]]:
    names = st.lists(st.sampled_from(["a", "b", "tags", "_id"]), unique=True)
    return [{name: draw(values()) for name in draw(names)} for _ in range(draw(st.integers(0, 8)))]


@st.composite
def paths(draw: st.DrawFn) -> str:
    rest = draw(st.lists(st.sampled_from(NAMES), max_size=2))
    return ".".join([draw(st.sampled_from(["a", "b", "tags"])), *rest])


@st.composite
def operations(
    draw: st.DrawFn, depth: int = 0, *, turnable: bool = False, within: bool = False
) -> dict[str, Any]:
    """Operators that stand below a field.

    :param turnable: they may come first as well; there ``$not`` means another thing.
    :param within: an ``$elemMatch``; there another one means another thing if it comes first.
    """
    names = [*COMPARISONS, "$in", "$nin", "$all", "$exists", "$size", "$regex"]
    if not turnable and depth < 3:
        names.append("$not")
    if not (turnable and within):
        names.append("$elemMatch")
    document: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)):
        if name in COMPARISONS:
            document[name] = draw(values(1))
        elif name in ("$in", "$nin", "$all"):
            document[name] = [draw(values(1)) for _ in range(draw(st.integers(0, 3)))]
        elif name == "$exists":
            document[name] = draw(st.booleans())
        elif name == "$size":
            document[name] = draw(st.integers(0, 3))
        elif name == "$regex":
            document |= {name: draw(PATTERNS), "$options": draw(OPTIONS)}
        elif name == "$not" or draw(st.booleans()):
            document[name] = draw(operations(depth + 1))
        else:
            document[name] = draw(filters(depth + 1, within=True))
    return document


def turned(path: str, document: dict[str, Any]) -> dict[str, Any]:
    """The same with the operators first."""
    return {name: {path: operand} for name, operand in document.items()}


@st.composite
def filters(draw: st.DrawFn, depth: int = 0, *, within: bool = False) -> dict[str, Any]:
    shape = draw(st.integers(0, 9))
    if depth < 3 and shape < 3:
        children = [draw(filters(depth + 1, within=within)) for _ in range(draw(st.integers(1, 3)))]
        return {draw(st.sampled_from(["$and", "$or", "$nor"])): children}
    if depth < 3 and shape < 4:
        return {"$not": draw(filters(depth + 1, within=within))}
    if shape < 6:
        return turned(draw(paths()), draw(operations(depth, turnable=True, within=within)))
    document: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        plain = draw(st.booleans())
        document[draw(paths())] = draw(values(1)) if plain else draw(operations(depth))
    return document


class Store:
    """Records in memory, and columns that follow them."""

    def __init__(self, held: Sequence[dict[str, Any]]) -> None:
        self.records = dict(enumerate(held))
        self.size = len(held)
        self.columns = Columns(self.read)
        self.columns.apply(self.size, ())

    def read(self, rows: Sequence[int] | None) -> Iterator[tuple[int, dict[str, Any]]]:
        for row in sorted(self.records) if rows is None else rows:
            if row in self.records:
                yield row, self.records[row]

    def change(self, records: dict[int, dict[str, Any]]) -> None:
        older = [row for row in records if row < self.size]
        self.records.update(records)
        self.size = max(self.size, len(self.records))
        self.columns.apply(self.size, older)

    def check(self, expression: Any, *, strict: bool) -> None:
        predicate = MongoFilter(MongoOptions(strict_types=strict)).compile(expression)
        mask = predicate.mask(self.columns)
        assert len(mask) == self.size
        masked = {row: bool(mask[row]) for row in self.records}
        assert masked == {row: predicate.matches(record) for row, record in self.records.items()}


@settings(max_examples=200)
@given(held=records(), expression=filters(), strict=st.booleans())
@example(held=[{"a": BIG + 1}], expression={"a": {"$lte": BIG}}, strict=False)
@example(held=[{"a": [{"b": 1}, 2]}], expression={"a.b": None}, strict=False)
@example(
    held=[{"a": [[1]]}], expression={"a": {"$elemMatch": {"$not": {"$size": 1}}}}, strict=False
)
def test_columns_say_what_records_say(
    held: list[dict[str, Any]], expression: Any, strict: bool
) -> None:
    Store(held).check(expression, strict=strict)


@settings(max_examples=200)
@given(held=records(), new=records(), changed=records(), expression=filters(), data=st.data())
def test_columns_keep_in_step_with_records(
    held: list[dict[str, Any]],
    new: list[dict[str, Any]],
    changed: list[dict[str, Any]],
    expression: Any,
    data: st.DataObject,
) -> None:
    store = Store(held)
    store.check(expression, strict=False)
    first = store.size
    rows = data.draw(st.lists(st.integers(0, max(first - 1, 0)), max_size=first, unique=True))
    renewed = dict(zip(rows, changed, strict=False))
    store.change(renewed)
    store.change(dict(enumerate(new, first)))
    store.check(expression, strict=False)


@settings(max_examples=200)
@given(held=records(), path=paths(), document=operations(turnable=True))
def test_the_operator_may_stand_first(
    held: list[dict[str, Any]], path: str, document: dict[str, Any]
) -> None:
    compile_filter = MongoFilter(MongoOptions()).compile
    after = compile_filter({path: document})
    before = compile_filter(turned(path, document))
    for record in held:
        assert before.matches(record) == after.matches(record)


@settings(max_examples=200)
@given(held=records(), expression=filters())
def test_not_is_the_opposite(held: list[dict[str, Any]], expression: Any) -> None:
    compile_filter = MongoFilter(MongoOptions()).compile
    yes, no = compile_filter(expression), compile_filter({"$not": expression})
    nor = compile_filter({"$nor": [expression]})
    for record in held:
        assert yes.matches(record) != no.matches(record)
        assert nor.matches(record) == no.matches(record)


@given(
    before=st.lists(st.integers(0, 2), min_size=1, max_size=3),
    after=st.lists(st.integers(0, 2), max_size=2),
    expression=st.sampled_from(
        [
            {"a": {"$elemMatch": {"$ne": 1}}},
            {"a": {"$elemMatch": {"$not": {"$gt": 0}}}},
            {"a": {"$gt": 1}},
            {"a": {"$size": 1}},
            {"a": {"$in": [None, 2]}},
        ]
    ),
)
def test_elements_that_were_replaced_count_no_more(
    before: list[int], after: list[int], expression: Any
) -> None:
    store = Store([{"a": before}, {"a": [0, 1]}])
    store.check(expression, strict=False)
    store.change({0: {"a": after}})
    store.check(expression, strict=False)
