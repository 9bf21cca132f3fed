"""Edits in the background."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from photomill.components.output import Output, Png
from photomill.editing.request import EditRequest, Pixels, Resizing

SMALL = {"resizing": {"width": 12, "height": 8}}
Json = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def _working(engine: Any) -> Iterator[None]:
    """The jobs are worked on."""
    engine.jobs.start()
    yield
    engine.jobs.stop()


def submitted(api: Any, family: str, given: Any, **more: Any) -> Json:
    body = {"input": given, "operations": SMALL, **more}
    return dict(api.data("POST", f"/image/edit/{family}", json=body))


def ended(api: Any, family: str, number: int, query: str = "") -> Json:
    """A task as it is once it has ended."""
    api.engine.jobs.wait(number, 120)
    return dict(api.data("GET", f"/image/edit/{family}/{number}{query}"))


@pytest.mark.parametrize("prefix", ["/v1", "/v1-beta1"])
@pytest.mark.parametrize("family", ["async", "batch"])
def test_an_accepted_task(api: Any, prefix: str, family: str) -> None:
    body = {"input": api.write("a.png"), "operations": {"padding": None}, "output": None}
    response = api.client.post(f"{prefix}/image/edit/{family}", json=body, headers=api.headers)
    assert response.status_code == 200
    task = response.json()["data"]
    assert task["status"] == "ACCEPTED"
    assert task["result_url"] == f"http://testserver{prefix}/image/edit/{family}/{task['id']}"
    assert task["request"] == body
    assert task["created_at"].endswith("+00:00")
    assert len(task["created_at"]) == len("2023-03-13T11:37:09.160554+00:00")
    followed = api.client.get(task["result_url"], headers=api.headers)
    assert followed.json()["data"]["id"] == task["id"]


@pytest.mark.parametrize("family", ["async", "batch"])
@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ({"no.such.operation": {}}, "operations.extensions.no.such.operation"),
        ({"overlay.watermark": {"text": "x", "opacity": "much"}}, "overlay.watermark.opacity"),
        ({"overlay.watermark": {"no_such": 1}}, "overlay.watermark.no_such"),
    ],
)
def test_extensions_are_checked_before_a_task_is_accepted(
    api: Any, family: str, wish: Json, place: str
) -> None:
    body = {"input": api.write("a.png"), "operations": {"extensions": wish}}
    status, code, message = api.refusal("POST", f"/image/edit/{family}", json=body)
    assert (status, code) == (422, "9000")
    assert place in message


@pytest.mark.parametrize("family", ["", "/async", "/batch"])
@pytest.mark.parametrize(("place", "status"), [("storage://web/x/", 422), ("storage://no/x/", 404)])
def test_destinations_are_checked_before_anything_is_read(
    api: Any, family: str, place: str, status: int
) -> None:
    body = {"input": "storage://originals/absent.png", "operations": SMALL, "output": place}
    assert api.refusal("POST", f"/image/edit{family}", json=body)[0] == status


def test_one_picture(api: Any) -> None:
    task = submitted(api, "async", api.write("one.png"), output={"format": "webp"})
    task = ended(api, "async", task["id"])
    assert (task["status"], task["errors"]) == ("DONE", [])
    assert task["progress"] == {"total": 1, "done": 1, "failed": 0, "skipped": 0}
    assert task["finished_at"] >= task["created_at"]
    assert (task["result"]["input_object"]["width"], task["result"]["input_object"]["ext"]) == (
        60,
        "png",
    )
    edited = api.fetched(task["result"]["output_object"]["tmp_url"])
    assert (edited.format, edited.size) == ("WEBP", (12, 8))


def test_one_picture_that_is_not_there(api: Any) -> None:
    task = submitted(api, "async", "storage://originals/gone.png")
    task = ended(api, "async", task["id"])
    assert (task["status"], task["result"]) == ("ERROR", {})
    (error,) = task["errors"]
    assert "gone.png" in error["error"]


def test_a_folder(api: Any) -> None:
    for name in ("folder/a.png", "folder/b.png", "folder/below/c.png"):
        api.write(name)
    task = submitted(
        api, "batch", "storage://originals/folder/", output="storage://results/folder/"
    )
    task = ended(api, "batch", task["id"])
    assert task["status"] == "DONE"
    keys = [result["output_object"]["object_key"] for result in task["results"]]
    assert keys == ["folder/a.jpeg", "folder/b.jpeg"]
    assert task["results"][0]["input"] == "storage://originals/folder/a.png"
    assert task["results"][0]["profiling"]["operations"]
    assert api.result("folder/a.jpeg").size == (12, 8)


def test_a_folder_with_those_below(api: Any) -> None:
    for name in ("deep/a.png", "deep/below/a.png"):
        api.write(name)
    given = {"source": "storage://originals/deep/", "recursive": True}
    task = submitted(api, "batch", given, output="storage://results/deep")
    task = ended(api, "batch", task["id"])
    keys = [result["output_object"]["object_key"] for result in task["results"]]
    assert keys == ["deep/a.jpeg", "deep/below/a.jpeg"]


def test_errors_stand_beside_results(api: Any) -> None:
    given = [api.write("good.png"), api.write("bad.png", b"no image"), "http://127.0.0.1:9/x.png"]
    task = submitted(api, "batch", given)
    task = ended(api, "batch", task["id"])
    assert task["status"] == "DONE"
    assert [result["input"] for result in task["results"]] == given[:1]
    assert [error["input"] for error in task["errors"]] == given[1:]
    assert all(error["error"] and error["created_at"] for error in task["errors"])


def test_nothing_but_errors(api: Any) -> None:
    task = submitted(api, "batch", [api.write("bad.png", b"no image")])
    task = ended(api, "batch", task["id"])
    assert (task["status"], task["results"], len(task["errors"])) == ("ERROR", [], 1)


def test_an_empty_folder(api: Any) -> None:
    task = submitted(api, "batch", "storage://originals/nothing/")
    task = ended(api, "batch", task["id"])
    assert (task["status"], task["results"], task["errors"]) == ("DONE", [], [])


def test_long_answers_in_pages(api: Any) -> None:
    given = [api.write(f"page/{number}.png") for number in range(5)]
    task = submitted(api, "batch", given)
    seen, query = [], "?limit=2"
    while query:
        page = ended(api, "batch", task["id"], query)
        seen += [result["input"] for result in page["results"]]
        query = f"?limit=2&after={page['next']}" if "next" in page else ""
    assert seen == given


def test_answers_of_several_pieces(api: Any) -> None:
    given = [api.write("bad.png", b"no image")] * 250 + [api.write("a.png")]
    task = ended(api, "batch", submitted(api, "batch", given)["id"])
    assert [error["input"] for error in task["errors"]] == given[:-1]
    assert [result["input"] for result in task["results"]] == given[-1:]


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=-2"])
def test_wrong_pages(api: Any, query: str) -> None:
    task = submitted(api, "batch", api.write("a.png"))
    refused = api.refusal("GET", f"/image/edit/batch/{task['id']}?{query}")
    assert refused[:2] == (422, "9000")


def test_further_parameters_mean_nothing(api: Any) -> None:
    task = submitted(api, "batch", api.write("a.png"))
    assert ended(api, "batch", task["id"], "?_=1738")["id"] == task["id"]


def test_tasks_are_listed(api: Any) -> None:
    numbers = [submitted(api, "async", api.write("a.png"))["id"] for _ in range(3)]
    listed = api.data("GET", "/image/edit/async?limit=2")
    assert [task["id"] for task in listed] == numbers[:0:-1]
    older = api.data("GET", f"/image/edit/async?limit=1&before={numbers[1]}")
    assert [task["id"] for task in older] == numbers[:1]
    for number in numbers:
        ended(api, "async", number)
    done = api.data("GET", "/image/edit/async?status=DONE")
    assert set(numbers) <= {task["id"] for task in done}
    assert api.refusal("GET", "/image/edit/async?status=done")[:2] == (422, "9000")


def test_the_families_have_addresses_of_their_own(api: Any) -> None:
    one = submitted(api, "async", api.write("a.png"))["id"]
    many = submitted(api, "batch", api.write("a.png"))["id"]
    assert api.refusal("GET", f"/image/edit/async/{many}")[:2] == (404, "5004")
    assert api.refusal("GET", f"/image/edit/batch/{one}") == (
        404,
        "5004",
        "Batch image edit pipeline not found.",
    )


@pytest.mark.parametrize("number", ["999999", "99999999999999999999999", "-1"])
def test_an_unknown_task(api: Any, number: str) -> None:
    assert api.refusal("GET", f"/image/edit/batch/{number}")[:2] == (404, "5004")


@pytest.mark.parametrize("number", ["x", "1.5", "%20"])
def test_no_number(api: Any, number: str) -> None:
    refused = api.refusal("GET", f"/image/edit/batch/{number}")
    assert refused == (422, "9000", "task_id: value is not a valid integer.")


def test_tasks_of_others(api: Any) -> None:
    number = submitted(api, "batch", api.write("a.png"))["id"]
    other = api.engine.keys.create("other", owner="somebody", scopes={"image_editing"})
    stranger = api.with_key(other.secret)
    assert stranger.refusal("GET", f"/image/edit/batch/{number}")[0] == 404
    assert stranger.refusal("DELETE", f"/image/edit/batch/{number}")[0] == 404
    assert stranger.data("GET", "/image/edit/batch") == []
    administrator = api.with_key(api.engine.keys.create("boss", scopes={"admin"}).secret)
    assert administrator.data("GET", f"/image/edit/batch/{number}")["id"] == number


# ---------------------------------------------------------------- steering


@pytest.fixture
def idle(api: Any) -> Iterator[Any]:
    """The API while nobody works on its jobs."""
    api.engine.jobs.stop()
    yield api
    api.engine.jobs.start()


def test_pause_and_resume(idle: Any) -> None:
    number = submitted(idle, "batch", idle.write("a.png"))["id"]
    assert idle.data("GET", f"/image/edit/batch/{number}")["status"] == "ACCEPTED"
    assert idle.data("POST", f"/image/edit/batch/{number}/pause")["status"] == "PAUSED"
    idle.engine.jobs.start()
    time.sleep(0.1)
    assert idle.data("GET", f"/image/edit/batch/{number}")["status"] == "PAUSED"
    assert idle.data("POST", f"/image/edit/batch/{number}/resume")["status"] == "PROCESSING"
    assert ended(idle, "batch", number)["status"] == "DONE"


@pytest.mark.parametrize("family", ["async", "batch"])
def test_cancel(idle: Any, family: str) -> None:
    number = submitted(idle, family, idle.write("a.png"))["id"]
    task = idle.data("DELETE", f"/image/edit/{family}/{number}")
    assert (task["id"], task["status"]) == (number, "CANCELLED")
    for verb, path in (("DELETE", ""), ("POST", "/pause"), ("POST", "/resume")):
        refused = idle.refusal(verb, f"/image/edit/{family}/{number}{path}")
        assert refused[:2] == (409, "5009")


# ---------------------------------------------------------------- idempotency


def test_the_same_key_leads_to_the_same_task(api: Any) -> None:
    body = {"input": api.write("a.png"), "operations": SMALL}
    numbers = {
        api.data("POST", "/image/edit/batch", json=body, headers={"Idempotency-Key": "k1"})["id"]
        for _ in range(3)
    }
    assert len(numbers) == 1
    refused = api.refusal(
        "POST",
        "/image/edit/batch",
        json={**body, "operations": {}},
        headers={"Idempotency-Key": "k1"},
    )
    assert refused[:2] == (409, "5009")
    long = {"Idempotency-Key": "k" * 256}
    assert api.refusal("POST", "/image/edit/batch", json=body, headers=long)[0] == 422


# ---------------------------------------------------------------- what cannot work


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], (422, "9000", "input: ensure this value has at least 1 items")),
        (5, (422, "9000", "input: ")),
        ("ftp://a.example/b.png", (422, "9000", "input: ")),
        ({"source": "storage://originals/", "deep": 1}, (422, "9000", "input.deep: extra fields")),
        ("storage://nowhere/a/", (404, "4004", "no storage 'nowhere'")),
        ("storage://originals/../x.png", (422, "", "")),
    ],
)
def test_batches_that_are_refused(api: Any, given: Any, expected: tuple[int, str, str]) -> None:
    body = {"input": given, "operations": {}}
    status, code, message = api.refusal("POST", "/image/edit/batch", json=body)
    assert status == expected[0]
    assert code == expected[1] or not expected[1]
    assert expected[2] in message


def test_a_folder_that_cannot_be_listed(api: Any) -> None:
    api.engine.storages.operator.create(
        "site", "web_folder", {"base_url": "https://photos.example"}
    )
    body = {"input": "storage://site/a/", "operations": {}}
    status, code, message = api.refusal("POST", "/image/edit/batch", json=body)
    assert (status, code) == (422, "4022")
    assert "cannot be listed" in message


def test_one_picture_is_no_folder(api: Any) -> None:
    body = {"input": "storage://originals/", "operations": {}}
    assert api.refusal("POST", "/image/edit/async", json=body) == (
        422,
        "9000",
        "input: expected one image.",
    )


def test_jobs_of_the_command_line_are_shown_too(api: Any) -> None:
    job = api.engine.editing.submit(
        [api.write("a.png")],
        EditRequest(resizing=Resizing(Pixels(12)), output=Output(Png())),
        recursive=True,
        owner="tester",
    )
    task = ended(api, "batch", job.number)
    assert task["request"] == {
        "input": {"source": "storage://originals/a.png", "recursive": True},
        "request": {"resizing": {"width": 12}, "output": {"format": "png"}},
    }


def test_the_older_contract_knows_four_statuses(api: Any) -> None:
    api.write("older/a.png")
    api.engine.jobs.stop()
    try:
        numbers = {
            wish: submitted(api, "batch", "storage://originals/older/")["id"]
            for wish in ("waiting", "paused", "cancelled")
        }
        api.engine.jobs.pause(numbers["paused"])
        api.engine.jobs.cancel(numbers["cancelled"])

        def seen(prefix: str, number: int) -> Json:
            path = f"{prefix}/image/edit/batch/{number}"
            return dict(api.client.get(path, headers=api.headers).json()["data"])

        told = {wish: seen("/v1-beta1", number) for wish, number in numbers.items()}
        assert {wish: task["status"] for wish, task in told.items()} == {
            "waiting": "ACCEPTED",
            "paused": "PROCESSING",
            "cancelled": "ERROR",
        }
        assert [error["error"] for error in told["cancelled"]["errors"]] == [
            "the task was cancelled"
        ]
        assert seen("/v1", numbers["paused"])["status"] == "PAUSED"
        assert seen("/v1", numbers["cancelled"])["status"] == "CANCELLED"
        path = "/v1-beta1/image/edit/batch?status=PROCESSING"
        listed = api.client.get(path, headers=api.headers).json()["data"]
        assert numbers["paused"] in [task["id"] for task in listed]
        path = "/v1-beta1/image/edit/batch?status=PAUSED"
        assert api.client.get(path, headers=api.headers).status_code == 422
        api.engine.jobs.resume(numbers["paused"])
    finally:
        api.engine.jobs.start()


@pytest.mark.parametrize("family", ["async", "batch"])
def test_an_error_describes_the_picture_that_was_read(api: Any, family: str) -> None:
    wish = {"resizing": {"width": "10%", "height": "10%"}, "padding": "190px 190px"}
    body = {"input": api.write("read.png"), "operations": wish}
    number = api.data("POST", f"/image/edit/{family}", json=body)["id"]
    (error,) = ended(api, family, number)["errors"]
    size = {"width": error["input_object"]["width"], "height": error["input_object"]["height"]}
    assert size == {"width": 60, "height": 40}
    assert error["input_object"]["format"] == "PNG"
    body["input"] = "storage://originals/gone.png"
    number = api.data("POST", f"/image/edit/{family}", json=body)["id"]
    (error,) = ended(api, family, number)["errors"]
    assert "input_object" not in error
