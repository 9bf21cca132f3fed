"""A request from its submission until it is forgotten, and who is told."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.config.load import load_settings
from photomill.editing.request import EditRequest
from photomill.engine import Engine
from photomill.grouping.inputs import PathInputs

from .conftest import Caller, NewCaller, Web

SECRET = "our little secret"


def settled(caller: Caller, job_id: str, status: str) -> dict[str, object]:
    """A job once its callback has come to this."""
    while True:
        body: dict[str, object] = caller.get(job_id).json()
        if body.get("callbackStatus") == status:
            return body
        time.sleep(0.02)


def test_a_callback_has_the_body_that_get_has(new_caller: NewCaller, web: Web) -> None:
    caller = new_caller(callback_secret=SECRET)
    url = f"{web.url}/told"
    given = {"urls": web.colours("red", "green"), "totalGroups": 2}
    accepted = caller.post({"input": given, "callbackUrl": url}).json()
    assert accepted["callbackUrl"] == url
    (message,) = web.wait_for_messages(1)
    body = settled(caller, accepted["id"], "delivered")
    assert json.loads(message.body) == body
    assert body["status"] == "completed"
    assert message.headers["Content-Type"].startswith("application/json")
    assert (message.headers["X-Delivery"], message.headers["X-Delivery-Id"]) == ("1", body["id"])
    digest = hmac.new(SECRET.encode(), message.body, hashlib.sha256).hexdigest()
    assert message.headers["X-Signature"] == f"sha256={digest}"
    assert len(web.received) == 1


def test_a_callback_is_tried_again_and_says_so(new_caller: NewCaller, web: Web) -> None:
    caller = new_caller(callback_delays=(0.01, 0.01, 0.01))
    web.statuses["/told"] = [500, 302]
    given = {"urls": [f"{web.url}/gone.jpg"], "totalGroups": 1}
    accepted = caller.post({"input": given, "callbackUrl": f"{web.url}/told"}).json()
    messages = web.wait_for_messages(3)
    assert [each.headers["X-Delivery"] for each in messages] == ["1", "2", "3"]
    assert len({each.body for each in messages}) == 1
    assert "X-Signature" not in messages[0].headers
    assert settled(caller, accepted["id"], "delivered")["status"] == "failed"


def test_a_callback_that_nobody_takes_changes_no_groups(new_caller: NewCaller, web: Web) -> None:
    caller = new_caller(callback_delays=(0.01,))
    web.statuses["/told"] = [500] * 9
    given = {"urls": web.colours("red"), "totalGroups": 1}
    accepted = caller.post({"input": given, "callbackUrl": f"{web.url}/told"}).json()
    assert settled(caller, accepted["id"], "failed")["status"] == "completed"
    assert len(web.received) == 2


def test_an_idempotency_key_leads_to_the_first_request(caller: Caller, web: Web) -> None:
    given = {"input": {"urls": web.colours("red", "green"), "totalGroups": 2}}
    headers = {"Idempotency-Key": "once"}
    first = caller.post(given, headers=headers)
    again = caller.post(given, headers={**headers, "Prefer": "wait=20"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    response = caller.post({"input": {**given["input"], "totalGroups": 1}}, headers=headers)
    assert (response.status_code, response.json()["title"]) == (409, "conflict")
    assert caller.post(given, headers={"Idempotency-Key": "x" * 256}).status_code == 400


def test_an_idempotency_key_is_the_callers_own(new_caller: NewCaller, web: Web) -> None:
    given = {"input": {"urls": web.colours("red"), "totalGroups": 1}}
    ids = {
        new_caller().post(given, headers={"Idempotency-Key": "mine"}).json()["id"] for _ in range(2)
    }
    assert len(ids) == 2


def test_waiting_has_an_end(tmp_path: Path, new_caller: NewCaller, web: Web) -> None:
    settings = load_settings(environ={}, overrides={"photomill.data_dir": str(tmp_path / "idle")})
    with Engine.open(settings) as idle:
        caller = new_caller(idle)
        given = {"input": {"urls": web.colours("red"), "totalGroups": 1}}
        began = time.monotonic()
        response = caller.post(given, headers={"Prefer": "respond-async, wait=1"})
        waited = time.monotonic() - began
        assert waited > 0.9
        assert (response.status_code, response.json()["status"]) == (202, "running")
        assert response.json()["progress"] == {"fetched": 0, "total": 0}


def test_sync_waits_too(caller: Caller, web: Web) -> None:
    given = {"input": {"urls": web.colours("red"), "totalGroups": 1}}
    response = caller.post(given, path="/v1/group-image?sync=true")
    assert (response.status_code, response.json()["status"]) == (200, "completed")


def test_a_request_is_forgotten(caller: Caller, web: Web) -> None:
    body = caller.grouped(web.colours("red"), totalGroups=1)
    assert caller.delete(body["id"]).status_code == 204
    for response in (caller.get(body["id"]), caller.delete(body["id"])):
        assert (response.status_code, response.json()["title"]) == (404, "notFound")


def test_a_running_request_is_cancelled_and_nobody_told(
    tmp_path: Path, new_caller: NewCaller, web: Web
) -> None:
    overrides = {"photomill.data_dir": str(tmp_path / "idle"), "fetch.allow": ["127.0.0.0/8"]}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as idle:
        caller = new_caller(idle)
        given = {"urls": web.colours("red"), "totalGroups": 1}
        body = caller.post({"input": given, "callbackUrl": f"{web.url}/told"}).json()
        assert caller.delete(body["id"]).status_code == 204
        idle.jobs.start()
        time.sleep(0.5)
        assert (caller.get(body["id"]).status_code, web.asked, web.received) == (404, [], [])


def test_a_cancelled_job_has_failed(tmp_path: Path, new_caller: NewCaller, web: Web) -> None:
    settings = load_settings(environ={}, overrides={"photomill.data_dir": str(tmp_path / "idle")})
    with Engine.open(settings) as idle:
        caller = new_caller(idle)
        body = caller.post({"input": {"urls": web.colours("red"), "totalGroups": 1}}).json()
        idle.jobs.cancel(idle.jobs.find(body["id"]).number)
        shown = caller.get(body["id"]).json()
        assert (shown["status"], shown["error"]["title"]) == ("failed", "cancelled")


def test_requests_are_their_owners_own(
    working: Engine, caller: Caller, new_caller: NewCaller, web: Web
) -> None:
    body = caller.grouped(web.colours("red"), totalGroups=1)
    assert new_caller().get(body["id"]).status_code == 404
    assert new_caller(scopes=("admin",)).get(body["id"]).status_code == 200
    edit = working.editing.submit(["https://example.org/a.jpg"], EditRequest(), single=True)
    elsewhere = working.grouping.submit(PathInputs(["/a.jpg"]))
    for job in (edit, elsewhere):
        assert new_caller(scopes=("admin",)).get(job.id).status_code == 404


def test_results_are_kept_for_a_day(
    caller: Caller, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = caller.grouped(web.colours("red"), totalGroups=1)
    clock: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 86_300)
    assert caller.get(body["id"]).status_code == 200
    monkeypatch.setattr(time, "time", lambda: clock() + 86_500)
    assert caller.get(body["id"]).status_code == 404


def test_a_restart_keeps_what_was_finished(tmp_path: Path, new_caller: NewCaller, web: Web) -> None:
    overrides = {
        "photomill.data_dir": str(tmp_path / "data"),
        "embedders.main.use": "descriptor",
        "fetch.allow": ["127.0.0.0/8"],
        "images.processes": 1,
    }
    settings = load_settings(environ={}, overrides=overrides)
    with Engine.open(settings) as first:
        first.jobs.start()
        body = new_caller(first, ("admin",)).grouped(web.colours("red", "blue"), totalGroups=2)
    with Engine.open(settings) as second:
        assert new_caller(second, ("admin",)).get(body["id"]).json() == body
