"""``photomill import``."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


def test_a_folder_is_imported_once(program: Any, photos: Path) -> None:
    words = ["import", photos, "--collection", "photos", "--create"]
    assert program.json(*words) == {
        "inserted": 5,
        "present": 0,
        "dropped": 0,
        "near_duplicates": 0,
        "left_out": [],
        "failed": [],
        "notes": [],
        "stopped": False,
    }
    assert program.output(*words) == "0 new records, 5 there already\n"
    assert program.output(*words, "--quiet") == "0\n"


def test_without_create_the_collection_must_be_there(program: Any, photos: Path) -> None:
    assert program.run("import", photos, "--collection", "photos").exit_code == 3
    assert program.json("collections", "list") == []


def test_a_bad_file_fails_alone(program: Any, photos: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"this is no image")
    result = program.run("import", photos, "-c", "photos", "--create")
    assert result.exit_code == 1
    assert "5 new records, 1 failed" in result.stdout
    assert "broken.jpg: " in result.stderr


def test_tags_and_attributes_are_given_to_every_record(program: Any, photos: Path) -> None:
    given = ["--tags", "trip, sun", "--attribute", "year=2024", "--attribute", "place=Brno"]
    program.output("import", photos, "-c", "photos", "--create", *given, "--prefix", "p/")
    hits = program.json("search", "p/a.jpg", "--filter", '{"year": 2024, "tags": "sun"}')["hits"]
    assert len(hits) == 5
    assert all(hit["id"].startswith("p/") for hit in hits)
    assert {hit["attributes"]["place"] for hit in hits} == {"Brno"}


def test_near_duplicates_can_be_left_out(program: Any, photos: Path) -> None:
    words = ["import", photos, "-c", "photos", "--create", "--near-duplicates", "skip"]
    result = program.run(*words, "--radius", 0.001, "--json")
    report = json.loads(result.stdout)
    assert (report["inserted"], report["near_duplicates"]) == (4, 1)
    (left_out,) = report["left_out"]
    assert (left_out["kind"], left_out["distance"]) == ("exact", 0.0)
    assert {Path(left_out["path"]).name, Path(left_out["like"]).name} == {"a.jpg", "twin.jpg"}
    assert f"{left_out['path']}: left out, like {left_out['like']}" in result.stderr


def test_pictures_that_are_only_similar_come_in(program: Any, photos: Path) -> None:
    """All of these lie within the radius of one another."""
    words = ["import", photos, "-c", "photos", "--create", "--near-duplicates", "skip"]
    report = program.json(*words, "--radius", 1000)
    assert (report["inserted"], report["near_duplicates"]) == (3, 2)
    words[3] = "others"
    report = program.json(*words, "--radius", 1000, "--kind", "similar")
    assert (report["inserted"], report["near_duplicates"]) == (1, 4)


@pytest.mark.parametrize("attribute", ["year", "=2024"])
def test_a_malformed_attribute_is_wrong_usage(program: Any, photos: Path, attribute: str) -> None:
    words = ["import", photos, "-c", "photos", "--create", "--attribute", attribute]
    assert program.run(*words).exit_code == 2


def test_an_interrupted_import_goes_on_when_run_again(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    folder = tmp_path / "many"
    for number in range(400):
        draw_picture(folder / f"{number:04}.jpg", str(number), size=(640, 480))
    command = [sys.executable, "-m", "photomill_cli", "import", str(folder), "-c", "many"]
    command += ["--create", "--json", *program.common]
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _wait_for_records(program, "many")
    # As a terminal does: to the program and all that it started.
    os.killpg(running.pid, signal.SIGINT)
    output, errors = running.communicate(timeout=120)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    before = program.json("collections", "show", "many")["records"]
    assert 0 < before < 400, output

    report = program.json("import", folder, "-c", "many")
    assert report["present"] == before
    assert report["inserted"] == 400 - before


def test_a_killed_import_goes_on_in_another_process(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    folder = tmp_path / "many"
    for number in range(400):
        draw_picture(folder / f"{number:04}.jpg", str(number), size=(640, 480))
    (folder / "0399.jpg").write_bytes(b"this is no image")
    command = [sys.executable, "-m", "photomill_cli", "import", str(folder), "-c", "many"]
    running = subprocess.Popen([*command, "--create", "--quiet", *program.common])
    _wait_for_records(program, "many")
    running.kill()
    running.wait()
    (job,) = program.json("jobs", "list", "--kind", "import")
    assert job["state"] == "processing"
    program.output("jobs", "work", "--until-idle")
    shown = program.run("jobs", "show", job["number"]).stdout
    assert "done" in shown
    assert f"{folder / '0399.jpg'}: " in shown
    assert program.json("collections", "show", "many")["records"] == 399


def test_what_was_taken_in_part_is_counted_at_the_end(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    folder = tmp_path / "cut"
    for number in range(2):
        path = folder / f"{number}.jpg"
        draw_picture(path, str(number), size=(900, 700))
        path.write_bytes(path.read_bytes()[:-40])
    result = program.run("import", folder, "-c", "cut", "--create", "--json")
    ((note, count),) = [list(each.values()) for each in json.loads(result.stdout)["notes"]]
    assert count == 2
    assert f"2 images: {note}\n" in result.stderr


def test_two_imports_at_once_share_the_work(program: Any, photos: Path) -> None:
    program.output("collections", "create", "shared")
    command = [sys.executable, "-m", "photomill_cli", "import", str(photos), "-c", "shared"]
    command += ["--json", *program.common]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    reports = [json.loads(process.communicate(timeout=120)[0]) for process in both]
    assert [report["failed"] for report in reports] == [[], []]
    assert sum(report["inserted"] for report in reports) == 5
    assert sum(report["present"] for report in reports) == 5


def test_lines_tell_of_progress_where_there_is_no_terminal(
    program: Any, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photomill_cli.progress.LINE_INTERVAL", 0.0)
    result = program.run("import", photos, "-c", "photos", "--create")
    assert "importing: 5 of 5, " in result.stderr
    assert "\x1b" not in result.output
    quiet = program.run("import", photos, "-c", "photos", "--quiet")
    assert quiet.stderr == ""


def _wait_for_records(program: Any, collection: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        shown = program.run("collections", "show", collection, "--quiet")
        if shown.exit_code == 0 and int(shown.stdout) > 0:
            return
        time.sleep(0.05)
    pytest.fail("nothing was imported within a minute")


def test_images_of_storages_and_web_addresses_are_imported(
    program: Any, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOMILL_FETCH__ALLOW", '["127.0.0.0/8"]')
    program.output("storages", "create", "archive", "--type", "local", "--path", photos)
    words = ["import", "storage://archive/", "-c", "stored", "--create"]
    assert program.json(*words)["inserted"] == 5
    assert program.json(*words)["present"] == 5
    handler = partial(SimpleHTTPRequestHandler, directory=str(photos))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/a.jpg"
        gone = f"http://127.0.0.1:{server.server_port}/none.jpg"
        report = program.run("import", address, gone, "-c", "web", "--create", "--json")
        server.shutdown()
    assert json.loads(report.stdout)["inserted"] == 1
    assert [each["path"] for each in json.loads(report.stdout)["failed"]] == [gone]
    (hit,) = program.json("search", "a.jpg", "-c", "web")["hits"]
    assert (hit["id"], hit["attributes"]["_url"]) == ("a.jpg", address)


def test_notes_on_results_in_a_storage_are_passed_by(program: Any, photos: Path) -> None:
    program.output("storages", "create", "archive", "--type", "local", "--path", photos)
    for name in (".photomill/a.jpg.json", "trip/.photomill/deep/d.jpg.json", "of mine.json"):
        (photos / name).parent.mkdir(parents=True, exist_ok=True)
        (photos / name).write_text("[]")
    result = program.run("import", "storage://archive/", "-c", "stored", "--create")
    assert (result.exit_code, result.stdout) == (0, "5 new records\n")
    assert "of%20mine.json" in result.stderr
    assert ".photomill" not in result.stderr


def test_a_private_address_is_refused(program: Any, photos: Path) -> None:
    result = program.run("import", "http://127.0.0.1:9/a.jpg", "-c", "web", "--create", "--json")
    assert result.exit_code == 1
    (failed,) = json.loads(result.stdout)["failed"]
    assert "127.0.0.1" in failed["error"]
    result = program.run("import", "https://me:secret@a.example/a.jpg", "-c", "web")
    assert result.exit_code == 2
    assert "secret" not in result.stderr


def test_a_storage_that_is_not_there_is_told(program: Any) -> None:
    assert program.run("import", "storage://none/", "-c", "web", "--create").exit_code == 3


def test_what_exif_says_is_kept_but_for_the_place(
    program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0110] = "X100"
    exif.get_ifd(0x8769)[0x9003] = "2025:07:01 10:20:30"
    exif.get_ifd(0x8825).update({1: "N", 2: (49.0, 30.0, 0.0), 3: "E", 4: (16.0, 30.0, 0.0)})
    Image.effect_noise((64, 64), 50).convert("RGB").save(folder / "a.jpg", exif=exif)
    program.output("import", folder, "-c", "named", "--create", "--attribute", "camera=mine")
    assert (
        program.json("search", "a.jpg", "-c", "named")["hits"][0]["attributes"]["camera"] == "mine"
    )
    program.output("import", folder, "-c", "plain", "--create")
    (hit,) = program.json("search", "a.jpg", "-c", "plain")["hits"]
    found = hit["attributes"]
    assert (found["camera"], found["captured"]) == ("X100", "2025-07-01T10:20:30")
    assert not {"latitude", "longitude", "altitude"} & set(found)
    monkeypatch.setenv("PHOTOMILL_IMPORT__GPS", "true")
    program.output("import", folder, "-c", "placed", "--create")
    (hit,) = program.json("search", "a.jpg", "-c", "placed")["hits"]
    assert (hit["attributes"]["latitude"], hit["attributes"]["longitude"]) == (49.5, 16.5)


def test_a_name_that_is_no_unicode_comes_in_escaped(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    folder = tmp_path / "old"
    draw_picture(folder / "plain.jpg", "1")
    os.rename(folder / "plain.jpg", os.fsencode(folder) + b"/latin\xe9.jpg")
    words = ["import", folder, "-c", "old", "--create"]
    assert program.json(*words)["inserted"] == 1
    assert program.json(*words)["present"] == 1
    (hit,) = program.json("search", "latin\\xe9.jpg", "-c", "old")["hits"]
    assert hit["attributes"]["file"] == "latin\\xe9.jpg"


def test_nothing_to_import_is_said(program: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "words.txt").write_text("words")
    result = program.run("import", tmp_path / "empty", "-c", "none", "--create")
    assert result.exit_code == 0
    assert f"there are no images in {tmp_path / 'empty'}" in result.stderr
    assert "words.txt" in result.stderr


def test_a_folder_is_watched_until_ctrl_c(
    program: Any,
    photos: Path,
    draw_picture: Callable[..., None],
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    command = [sys.executable, "-m", "photomill_cli", "import", str(photos), "-c", "photos"]
    running = subprocess.Popen(
        [*command, "--create", "--watch", "--quiet", *program.common],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_records(program, "photos")

    def files() -> set[str]:
        found = program.json("search", "--id", "b.jpg", "-c", "photos", "-k", "50")["hits"]
        return {hit["id"] for hit in found}

    draw_picture(photos / "later" / "new.jpg", "new")
    wait_until(lambda: "later/new.jpg" in files())
    (photos / "a.jpg").unlink()
    wait_until(lambda: "a.jpg" not in files())
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=120)
    assert (running.returncode, output, errors) == (0, "5\n", "")
    assert program.json("dropped", "list", "-c", "photos")[0]["id"] == "a.jpg"


def test_only_what_is_on_this_machine_can_be_watched(program: Any, photos: Path) -> None:
    done = program.run("import", "https://x.example/a.jpg", "-c", "photos", "--create", "--watch")
    assert done.exit_code == 2
    assert "only folders and files of this machine can be watched" in done.stderr
