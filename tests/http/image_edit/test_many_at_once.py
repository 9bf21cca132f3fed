"""Many callers at once: all are served, in turn."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

CALLERS = 64


async def _together(api: Any, requests: list[dict[str, Any]]) -> list[httpx.Response]:
    """Answers to requests that are all made before the first is answered."""
    transport = httpx.ASGITransport(app=api.client.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        calls: list[Coroutine[Any, Any, httpx.Response]] = [
            client.request(headers=dict(api.headers), **request) for request in requests
        ]
        return list(await asyncio.gather(*calls))


def test_none_fails(api: Any, make_picture: Callable[..., bytes]) -> None:
    uri = api.write("busy.jpg", make_picture(form="JPEG", size=(400, 300)))
    body = {"input": uri, "operations": {"resizing": {"width": 50}}}
    parts = {"file": ("b.jpg", make_picture(form="JPEG")), "data": (None, "{}")}
    requests: list[dict[str, Any]] = [
        {"method": "POST", "url": "/v1/image/edit", "json": body},
        {"method": "POST", "url": "/v1/image/edit/upload", "files": parts},
    ]
    answers = asyncio.run(_together(api, requests * (CALLERS // 2)))
    assert [answer.status_code for answer in answers] == [200] * CALLERS


def test_others_do_not_wait_for_edits(make_api: Callable[..., Any]) -> None:
    """Edits have threads of their own."""
    api = make_api(threads=1)
    operations = {"resizing": {"width": 1500, "height": 1500}}
    body = {"input": api.write("busy.png"), "operations": operations, "output": {"format": "avif"}}
    finished: list[str] = []

    async def noted(client: httpx.AsyncClient, method: str, url: str, **options: Any) -> None:
        response = await client.request(method, url, headers=dict(api.headers), **options)
        assert response.status_code == 200
        finished.append(url)

    async def race() -> None:
        transport = httpx.ASGITransport(app=api.client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            edits = [noted(client, "POST", "/v1/image/edit", json=body) for _ in range(2)]
            await asyncio.gather(*edits, noted(client, "GET", "/v1/storage/storages"))

    asyncio.run(race())
    assert finished[-1] == "/v1/image/edit"
