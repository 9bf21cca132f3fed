"""The OpenAPI document as the server gives it."""

from photomill_http.openapi import openapi_document

from .conftest import as_json, check_golden


def test_openapi() -> None:
    check_golden("openapi.json", as_json(openapi_document()))
