"""The OpenAPI document: valid, complete, and kept by the server."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import openapi_spec_validator
import pytest
import schemathesis
from hypothesis import Phase, given, seed, settings
from jsonschema import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import status_code_conformance
from starlette.routing import Route

from photomill_http.openapi import openapi_document
from photomill_http.similarity.routes import METHODS, SimilarityContract

DOCUMENT = openapi_document()
VERBS = {"get", "post", "put", "patch", "delete"}
# What would take away the key, the collection or the records that the other calls need.
DESTRUCTIVE = {"deleteCollection", "clearCollection", "revokeKey"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for verb in sorted(item.keys() & VERBS):
            yield path, verb, item[verb]


def test_valid() -> None:
    openapi_spec_validator.validate(DOCUMENT)


def test_served_as_it_is(gallery: Any) -> None:
    assert gallery.client.get("/openapi.json").json() == DOCUMENT
    page = gallery.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")


def test_the_page_loads_nothing_from_elsewhere(gallery: Any) -> None:
    page = gallery.client.get("/docs").text
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert not address.startswith(("http:", "https:", "//")), address
        assert gallery.client.get(address).status_code == 200, address


def test_what_narrow_screens_get_is_not_taken_back(gallery: Any) -> None:
    # Of two rules of equal weight the later one holds: a general rule behind those for narrow screens undoes them,
    # and the page becomes wider than a telephone.
    style = re.search(r"<style>(.*?)</style>", gallery.client.get("/docs").text, re.DOTALL)
    assert style
    general, *narrow = re.split(r"@media \(max-width[^{]*", style[1])
    assert general
    assert narrow
    for block in narrow:
        assert re.fullmatch(r"\{(?:[^{}]*\{[^{}]*\})*\s*\}\s*", block), (
            "a general rule follows those for narrow screens"
        )


def test_every_route_is_in_it(gallery: Any) -> None:
    described = {(path, verb) for path, verb, _ in operations()}
    for route in gallery.client.app.routes:
        if not isinstance(route, Route) or "{method}" in route.path or route.path.endswith("/"):
            continue
        if not route.include_in_schema:
            # Another spelling of one that is.
            continue
        verbs = {verb.lower() for verb in route.methods or ()} & VERBS
        path = route.path.replace(":path}", "}")
        assert any((path, verb) in described for verb in verbs), path
        if path.startswith(("/admin", "/v1")):
            assert {(path, verb) for verb in verbs} <= described
    for operation in SimilarityContract.operations:
        assert (operation.path, operation.verb.lower()) in described


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [*sorted(METHODS), "createCollection", "createKey"])
def test_examples_are_valid(name: str) -> None:
    (operation,) = (found for _, _, found in operations() if found["operationId"] == name)
    for part in (operation["requestBody"], *operation["responses"].values()):
        for media in part["content"].values():
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            if "example" in media:
                Draft202012Validator(schema).validate(media["example"])


def test_every_method_has_an_example() -> None:
    for method in METHODS.values():
        operation = DOCUMENT["paths"][f"/similarity/photos/v2/{method.name}"]["post"]
        assert operation["requestBody"]["content"]["application/json"]["example"]


@pytest.fixture(scope="module")
def fuzzed(make_api: Callable[..., Any], make_record: Callable[..., Any]) -> Any:
    """An application and a collection that fuzzing may spoil."""
    api = make_api()
    api.answer("insert", records=[make_record(str(number), tags=["a"]) for number in range(5)])
    return api


@pytest.mark.parametrize(
    ("path", "verb"),
    [
        pytest.param(path, verb, id=operation["operationId"])
        for path, verb, operation in operations()
        if operation["operationId"] not in DESTRUCTIVE
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whatever_is_sent_is_answered_as_described(fuzzed: Any, path: str, verb: str) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", fuzzed.client.app)
    operation = schema[path][verb.upper()]
    cases = operation.as_strategy(GenerationMode.POSITIVE)
    if "requestBody" in DOCUMENT["paths"][path][verb]:
        cases |= operation.as_strategy(GenerationMode.NEGATIVE)

    @seed(20)
    @settings(
        max_examples=15,
        database=None,
        phases=[Phase.explicit, Phase.generate],
    )
    @given(case=cases)
    def ask(case: Any) -> None:
        response = case.call(headers=dict(fuzzed.headers))
        assert response.status_code < 500, response.text
        case.validate_response(response, checks=[status_code_conformance])

    ask()
