"""What the contract's schema allows is taken, and every step beside it is refused with its path."""

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.editing.request_json import read_request, request_json
from photomill.errors import Problem
from photomill_http.image_edit.coercion import InvalidDocument
from photomill_http.image_edit.translate import read_edit

from . import documents as schema

Json = Any

_quickly = settings(max_examples=150)


def _paths_refused(operations: Json, output: Json = None) -> set[str]:
    with pytest.raises(InvalidDocument) as refused:
        read_edit(operations, output)
    return {problem.path for problem in refused.value.problems}


def _objects(value: Json, path: str) -> Iterator[tuple[str, dict[str, Json]]]:
    if isinstance(value, dict):
        yield path, value
        for name, inner in value.items():
            yield from _objects(inner, f"{path}.{name}")


@_quickly
@given(schema.operations(), schema.outputs())
def test_whatever_the_schema_allows_is_taken(operations: Json, output: Json) -> None:
    document = {"components": {"schemas": schema.SCHEMAS}}
    whole = {"$ref": "#/components/schemas/BatchEditRequest", **document}
    jsonschema.validate({"input": "https://a.example/b", **_asked(operations, output)}, whole)
    request = read_edit(operations, output).request
    # Jobs store it so.
    assert read_request(request_json(request)) == request


def _asked(operations: Json, output: Json) -> dict[str, Json]:
    return {"operations": operations, "output": output}


@_quickly
@given(schema.operations(), st.data())
def test_an_unknown_key_is_refused_wherever_it_is(operations: Json, data: st.DataObject) -> None:
    broken = copy.deepcopy(operations)
    path, inside = data.draw(st.sampled_from(list(_objects(broken, "operations"))))
    inside["unknown"] = 1
    assert f"{path}.unknown" in _paths_refused(broken)


@_quickly
@given(schema.operations(), st.data())
def test_a_list_is_refused_wherever_it_is(operations: Json, data: st.DataObject) -> None:
    broken = copy.deepcopy(operations)
    places = [
        (path, inside, name) for path, inside in _objects(broken, "operations") for name in inside
    ]
    if not places:
        return
    path, inside, name = data.draw(st.sampled_from(places))
    inside[name] = [1, 2]
    assert any(refused.startswith(f"{path}.{name}") for refused in _paths_refused(broken))


@_quickly
@given(schema.operations(), st.data())
def test_null_is_as_good_as_nothing(operations: Json, data: st.DataObject) -> None:
    nulled = copy.deepcopy(operations)
    for name in schema.SCHEMAS["ImageOperations"]["properties"]:
        if name not in nulled and data.draw(st.booleans()):
            nulled[name] = None
    assert read_edit(nulled) == read_edit(operations)


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_groups = st.sampled_from(sorted(schema.SCHEMAS["ImageOperations"]["properties"]))


@_quickly
@given(st.dictionaries(_groups, _anything, max_size=3) | _anything, _anything)
def test_anything_else_is_refused_with_paths_or_taken(operations: Json, output: Json) -> None:
    for problem in _problems(operations, output):
        assert problem.path
        assert problem.message


def _problems(operations: Json, output: Json) -> list[Problem]:
    try:
        read_edit(operations, output)
    except InvalidDocument as error:
        return error.problems
    return []
