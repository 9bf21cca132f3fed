"""``photomill duplicates``."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from click.testing import CliRunner

from photomill.collections.duplicates import pair_pass
from photomill.testing.sample_images import noise
from photomill.testing.scenes import scene
from photomill_cli.main import main

RADIUS = ("--radius", "20")


def test_pairs_of_the_same_pixels(imported: Any) -> None:
    assert imported.json("duplicates", "--kind", "exact") == {
        "total": 1,
        "clusters": [
            {
                "kind": "exact",
                "distance": 0.0,
                "keep": "a.jpg",
                "superfluous": ["trip/twin.jpg"],
                "reasons": {"trip/twin.jpg": ["earlier"]},
            }
        ],
    }


def test_clusters_keep_what_has_most_pixels(imported: Any) -> None:
    found = imported.json("duplicates", "--kind", "near", *RADIUS)
    (cluster,) = found["clusters"]
    assert cluster["kind"] == "near"
    assert cluster["keep"] == "a.jpg"
    assert cluster["superfluous"] == ["trip/twin.jpg", "b.jpg"]


def test_quiet_prints_the_one_to_keep_first(imported: Any) -> None:
    output = imported.output("duplicates", "--kind", "near", *RADIUS, "--quiet")
    assert output == "a.jpg\ttrip/twin.jpg\tb.jpg\n"


def test_quiet_prints_one_line_whatever_ids_are(program: Any, photos: Path, tmp_path: Path) -> None:
    """What would break the line is written as a JSON string."""
    odd = ["tab\t.jpg", "line\n.jpg", "next\u0085.jpg", "\u2028.jpg", '"quoted".jpg']
    for name in odd:
        (photos / name).write_bytes((photos / "a.jpg").read_bytes())
    program.output("import", photos, "--collection", "photos", "--create")
    output = program.output("duplicates", "--kind", "exact", "--quiet")
    (line,) = output.splitlines()
    ids = [json.loads(each) if each[0] == '"' else each for each in line.split("\t")]
    assert sorted(ids) == sorted(["a.jpg", "trip/twin.jpg", *odd])
    found = program.output("search", photos / "a.jpg", "--radius", "0", "--quiet").splitlines()
    assert sorted(found) == sorted(line.split("\t"))
    program.output("duplicates", "--kind", "exact", "--drop")
    listed = program.output("dropped", "list", "--quiet").splitlines()
    assert len(listed) == 6
    assert set(listed) < set(found)
    moved = program.output("dropped", "move", tmp_path / "aside", "--quiet")
    assert len(moved.splitlines()) == 6
    assert len(program.output("dropped", "restore", "--all", "--quiet").splitlines()) == 6


def test_similar_takes_in_what_near_leaves_out(imported: Any) -> None:
    totals = [
        imported.json("duplicates", "--pairs", "--kind", kind, "--radius", "1000")["total"]
        for kind in ("exact", "near", "similar")
    ]
    assert totals == [1, 3, 10]


def test_the_limit_tells_what_it_leaves_out(imported: Any) -> None:
    result = imported.run("duplicates", "--pairs", "--radius", "1000", "-k", 2)
    assert len(result.stdout.splitlines()) == 4
    assert "10 pairs, the first 2 shown" in result.stderr


def test_a_filter(imported: Any) -> None:
    found = imported.json("duplicates", "--filter", '{"file": "c.png"}')
    assert found == {"total": 0, "clusters": []}


@pytest.mark.parametrize("words", [(), ("--pairs",)])
def test_a_contact_sheet(imported: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    sheet = tmp_path / "duplicates.html"
    imported.output("duplicates", "--kind", "exact", "--html", sheet, *words)
    page = sheet.read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.count('class="badge">keep<') == 1


def test_no_record_is_both_kept_and_superfluous(imported: Any) -> None:
    pairs = imported.json("duplicates", "--pairs", "--radius", "1000")["pairs"]
    kept = {pair["keep"] for pair in pairs} - {None}
    assert kept
    assert not kept & {each for pair in pairs for each in pair["superfluous"]}
    clusters = imported.json("duplicates", "--radius", "1000")["clusters"]
    assert {cluster["keep"] for cluster in clusters} == kept


def test_of_equal_copies_the_earlier_is_kept(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    for name in ("z.jpg", "a.jpg"):
        draw_picture(tmp_path / name, "same")
        program.output("import", tmp_path / name, "-c", "p", "--create")
    (cluster,) = program.json("duplicates", "-c", "p")["clusters"]
    assert (cluster["keep"], cluster["superfluous"]) == ("z.jpg", ["a.jpg"])


def test_what_was_enlarged_is_superfluous(program: Any, tmp_path: Path) -> None:
    grain = PIL.Image.fromarray(noise(800, 600))
    original = PIL.Image.blend(scene(3), grain, 0.15)
    original.save(tmp_path / "original.jpg", quality=92)
    width, height = original.size
    small = original.resize((width // 3, height // 3))
    small.resize((2 * width, 2 * height)).save(tmp_path / "enlarged.jpg", quality=90)
    original.resize((width * 5 // 6, height * 5 // 6)).save(tmp_path / "smaller.jpg", quality=92)
    program.output("import", tmp_path, "-c", "p", "--create")
    (cluster,) = program.json("duplicates", "-c", "p", "--kind", "near")["clusters"]
    assert cluster["keep"] == "original.jpg"
    assert set(cluster["superfluous"]) == {"enlarged.jpg", "smaller.jpg"}


def test_pairs_that_were_too_many_to_compare_are_told(
    program: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair_pass, "MOST_COMPARED", 1)
    first = scene(0, 480, 360)
    first.save(tmp_path / "a.jpg", quality=90)
    first.rotate(180).save(tmp_path / "b.jpg", quality=90)
    first.transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "c.jpg", quality=90)
    program.output("import", tmp_path, "-c", "p", "--create")
    result = program.run("duplicates", "-c", "p", "--json")
    assert result.exit_code == 0
    assert "not compared: 1 of the pairs outside the radius" in result.stderr
    assert json.loads(result.stdout)["total"] == 1


def test_the_table_says_why(imported: Any) -> None:
    rows = imported.output("duplicates", "--kind", "near", *RADIUS).splitlines()
    (larger,) = [row for row in rows if "b.jpg" in row.split()]
    assert larger.rstrip().endswith("larger, more bytes")


def test_dropping_what_is_superfluous(imported: Any, photos: Path) -> None:
    result = imported.run("duplicates", *RADIUS, "--drop")
    assert "2 records dropped" in result.stderr
    assert imported.json("duplicates", "--kind", "near", *RADIUS)["total"] == 0
    assert imported.output("dropped", "list", "--quiet").split() == ["trip/twin.jpg", "b.jpg"]
    assert (photos / "b.jpg").exists()
    assert imported.run("duplicates", "--drop", "--pairs").exit_code == 2


def test_dropped_records_come_back(imported: Any) -> None:
    imported.output("duplicates", "--kind", "exact", "--drop")
    (dropped,) = imported.json("dropped", "list")
    assert (dropped["id"], dropped["width"], dropped["height"]) == ("trip/twin.jpg", 96, 72)
    result = imported.run("dropped", "restore", "trip/twin.jpg", "nothing")
    assert result.exit_code == 1
    assert result.stdout == "1 record restored\n"
    assert "nothing: no dropped record 'nothing'" in result.stderr
    assert imported.json("duplicates", "--kind", "exact")["total"] == 1
    assert imported.run("dropped", "restore").exit_code == 2


def test_dropped_records_are_removed_for_good_after_a_yes(imported: Any) -> None:
    imported.output("duplicates", "--kind", "exact", "--drop")
    refused = imported.run("dropped", "empty", input="n\n")
    assert refused.exit_code == 130
    assert imported.output("dropped", "list", "--quiet") == "trip/twin.jpg\n"
    assert imported.output("dropped", "empty", "--yes") == "1 record removed\n"
    assert imported.output("dropped", "restore", "--all") == "0 records restored\n"


def test_moving_files_and_undoing_it(imported: Any, photos: Path, tmp_path: Path) -> None:
    aside = tmp_path / "aside"
    words = ("duplicates", "--kind", "near", *RADIUS, "--move", aside)
    planned = imported.output(*words, "--dry-run")
    assert planned == (
        f"{photos}/b.jpg -> {aside}/b.jpg\n"
        f"{photos}/trip/twin.jpg -> {aside}/trip/twin.jpg\n"
        "2 files would be moved\n"
    )
    assert not aside.exists()
    result = imported.run(*words)
    assert result.exit_code == 0
    assert result.stdout == planned.replace("would be moved", "moved")
    (undo_file,) = aside.glob("*.jsonl")
    assert f"to undo: photomill duplicates --undo {undo_file}" in result.stderr
    assert not (photos / "b.jpg").exists()
    assert imported.json("duplicates", "--undo", undo_file)["not_moved"] == []
    assert (photos / "b.jpg").exists()
    assert imported.json("duplicates", "--kind", "near", *RADIUS)["total"] == 1


def test_the_command_that_undoes_can_be_pasted_into_a_shell(
    imported: Any, photos: Path, tmp_path: Path
) -> None:
    """From any folder, and however many collections there are."""
    imported.output("import", photos, "--collection", "another", "--create")
    aside = tmp_path / "$HOME & it's aside"
    words = ("duplicates", "-c", "photos", "--kind", "exact", "--move", aside)
    (line,) = imported.run(*words).stderr.splitlines()
    program, *given = shlex.split(line.removeprefix("to undo: "))
    assert program == "photomill"
    assert not (photos / "trip" / "twin.jpg").exists()
    undone = CliRunner().invoke(main, given)
    assert (undone.exit_code, undone.stdout.splitlines()[-1]) == (0, "1 file moved back")
    assert (photos / "trip" / "twin.jpg").exists()
    wrong = imported.run(*given[:3], "-c", "another")
    assert wrong.exit_code == 2
    assert "it is of the collection" in wrong.stderr


def test_a_file_that_is_moved_back_without_its_record_counts_once(
    imported: Any, photos: Path, tmp_path: Path
) -> None:
    aside = tmp_path / "aside"
    imported.output("duplicates", "--kind", "exact", "--move", aside)
    imported.output("dropped", "empty", "--yes")
    (undo_file,) = aside.glob("*.jsonl")
    result = imported.run("duplicates", "--undo", undo_file)
    assert result.stdout.splitlines()[-1] == "1 file moved back"
    assert result.stderr == (
        "trip/twin.jpg: moved back, but its record was removed for good: import the folder again\n"
    )
    assert result.exit_code == 1
    assert (photos / "trip" / "twin.jpg").exists()


def test_a_folder_is_not_made_for_nothing(program: Any, photos: Path, tmp_path: Path) -> None:
    program.output("import", photos / "trip", "--collection", "photos", "--create")
    for words in (("duplicates", "--move"), ("dropped", "move")):
        assert program.output(*words, tmp_path / "aside") == "0 files moved\n"
        assert not (tmp_path / "aside").exists()


def test_files_that_were_named_themselves_are_moved_below_their_folder(
    program: Any, photos: Path
) -> None:
    program.output(
        "import", photos / "a.jpg", photos / "b.jpg", "--collection", "photos", "--create"
    )
    words = ("duplicates", "--kind", "near", *RADIUS, "--move", photos / "aside", "--quiet")
    assert program.output(*words) == f"{photos}/aside/b.jpg\n"
    program.output("import", photos)
    refused = program.run(*words)
    assert refused.exit_code == 2
    assert f"is below {photos}, whose next import would take the files in again" in refused.stderr


def test_a_file_that_is_not_moved_is_said(imported: Any, photos: Path, tmp_path: Path) -> None:
    (photos / "b.jpg").write_bytes(b"new")
    result = imported.run("duplicates", "--kind", "near", *RADIUS, "--move", tmp_path / "aside")
    assert result.exit_code == 1
    assert "b.jpg: not moved: the file changed: 3 bytes instead of " in result.stderr
    assert result.stdout.endswith("1 file moved, 1 file not\n")


def test_files_of_dropped_records_are_moved(imported: Any, photos: Path, tmp_path: Path) -> None:
    imported.output("duplicates", "--kind", "exact", "--drop")
    output = imported.output("dropped", "move", tmp_path / "aside", "--quiet")
    assert output == f"{tmp_path}/aside/trip/twin.jpg\n"
    assert not (photos / "trip" / "twin.jpg").exists()


def test_options_that_do_not_go_together(imported: Any, photos: Path, tmp_path: Path) -> None:
    undo = tmp_path / "undo.jsonl"
    undo.write_text("")
    for words in (
        ("--move", tmp_path / "x", "--pairs"),
        ("--dry-run",),
        ("--undo", undo, "--move", tmp_path / "x"),
        ("--move", photos / "inside"),
        ("--undo", undo),
    ):
        assert imported.run("duplicates", *words).exit_code == 2, words
    assert imported.run("duplicates", "--kind", "exact").exit_code == 0


def test_records_whose_vectors_are_outside_are_compared_by_a_job(
    program: Any, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    pytest.importorskip("lance")
    (tmp_path / "lance").mkdir()
    with program.config.open("a", encoding="utf-8") as config:
        config.write(f"""
[indexes.outside]
use = "lance"
options = {{ place = "{tmp_path / "lance"}" }}
""")
    program.output("collections", "create", "p", "--index", "outside")
    for number, seed in enumerate(("same", "same", "other")):
        draw_picture(tmp_path / "photos" / f"{number}.jpg", seed)
    program.output("import", tmp_path / "photos", "-c", "p")
    for _ in range(2):
        found = program.json("duplicates", "-c", "p")
        (cluster,) = found["clusters"]
        assert (cluster["keep"], cluster["superfluous"]) == ("0.jpg", ["1.jpg"])
    # It was asked twice, and compared once.
    (job,) = program.json("jobs", "list", "--kind", "find_duplicates")
    assert job["state"] == "done"
    draw_picture(tmp_path / "photos" / "3.jpg", "other")
    program.output("import", tmp_path / "photos", "-c", "p")
    assert program.json("duplicates", "-c", "p")["total"] == 2
    assert len(program.json("jobs", "list", "--kind", "find_duplicates")) == 2
