"""``photomill edit``, with its results looked at."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, JpegImagePlugin


def size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_folders_are_edited_to_any_depth(program: Any, photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "small"
    said = program.output("edit", photos, "--resize", "40x30", "--output", output)
    assert said.startswith("5 images edited")
    assert names(output) == ["a.jpg", "b.jpg", "c.jpeg", "trip/d.jpg", "trip/twin.jpg"]
    assert size(output / "trip" / "d.jpg") == (40, 30)


def test_an_edit_goes_on_where_it_was_interrupted(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    words = ["edit", photos, "--resize", "40x", "--output", tmp_path / "small"]
    program.output(*words)
    (tmp_path / "small" / "b.jpg").unlink()
    report = program.json(*words)
    assert (report["edited"], report["present"]) == (1, 4)
    assert program.json(*words, "--overwrite")["edited"] == 5


def test_operations_may_come_from_a_file(program: Any, photos: Path, tmp_path: Path) -> None:
    document = {
        "operations": {"resizing": {"width": 20, "height": 20, "fit": "canvas"}},
        "output": {"format": "png"},
    }
    file = tmp_path / "edit.json"
    file.write_text(json.dumps(document))
    words = ["edit", photos / "a.jpg", "--operations", file, "--contract", "image-edit"]
    words += ["--output", tmp_path / "out"]
    program.output(*words)
    assert size(tmp_path / "out" / "a.png") == (20, 20)


def test_options_go_before_the_file(program: Any, photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "edit.json"
    file.write_text(json.dumps({"resizing": {"width": 20, "height": 20}}))
    words = ["edit", photos / "a.jpg", "--operations", file, "--resize", "10x10"]
    program.output(*words, "--format", "webp", "--quality", 50, "--output", tmp_path / "out")
    assert size(tmp_path / "out" / "a.webp") == (10, 10)


def test_results_may_go_to_a_storage_and_come_from_there(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    program.output("storages", "create", "archive", "--type", "local", "--path", folder)
    program.output("edit", photos, "--resize", "40x", "--output", "storage://archive/small")
    assert "small/trip/d.jpg" in names(folder)
    back = tmp_path / "back"
    program.output("edit", "storage://archive/small/", "--resize", "20x", "--output", back)
    assert size(back / "trip" / "d.jpg")[0] == 20


def test_one_bad_picture_does_not_harm_the_others(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    (photos / "bad.jpg").write_bytes(b"no image")
    result = program.run("edit", photos, "--resize", "40x", "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert "bad.jpg: " in result.stderr
    assert "5 images edited" in result.stdout
    assert "1 failed" in result.stdout


def test_results_inside_the_folder_are_no_originals(program: Any, photos: Path) -> None:
    words = ["edit", photos, "--resize", "40x", "--output", photos / "small", "--json"]
    assert json.loads(program.output(*words))["edited"] == 5
    again = json.loads(program.output(*words))
    assert (again["edited"], again["present"]) == (0, 5)


def test_a_dry_run_shows_the_pipeline_and_writes_nothing(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    words = ["edit", photos, "--resize", "40x30", "--output", tmp_path / "out", "--dry-run"]
    assert "resizing" in program.output(*words)
    shown = program.json(*words)
    assert len(shown["pictures"]) == 5
    assert [step["operation"] for step in shown["steps"]] == ["resizing"]
    assert not (tmp_path / "out").exists()


def paint(path: Path, colour: str, form: str = "JPEG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40), colour).save(path, form)


def test_other_operations_are_done_again_and_said(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    output = tmp_path / "small"
    program.output("edit", photos, "--resize", "40x30", "--output", output)
    said = program.output("edit", photos, "--resize", "20x15", "--output", output)
    assert "5 made again, as it was made by other operations" in said
    assert {size(output / name) for name in names(output)} == {(20, 15)}
    assert program.json("edit", photos, "--resize", "20x15", "--output", output)["present"] == 5


def test_a_replaced_original_is_done_again(program: Any, photos: Path, tmp_path: Path) -> None:
    words = ["edit", photos, "--resize", "40x30", "--output", tmp_path / "small"]
    program.output(*words)
    paint(photos / "c.png", "red", "PNG")
    report = program.json(*words)
    assert (report["edited"], report["present"]) == (1, 4)
    assert report["redone"] == {"the original has changed since": 1}


@pytest.mark.parametrize("change", ["foreign", "changed"])
def test_what_was_not_made_here_is_left_alone_and_said(
    program: Any, photos: Path, tmp_path: Path, change: str
) -> None:
    output = tmp_path / "out"
    words = ["edit", photos, "--resize", "40x30", "--output", output]
    if change == "changed":
        program.output(*words)
    (kept,) = [f"{output}/{name}" for name in ["c.jpeg"]]
    paint(Path(kept), "red")
    before = Path(kept).read_bytes()
    result = program.run(*words)
    assert result.exit_code == 1
    assert "1 left alone" in result.stdout
    assert "--overwrite replaces it" in result.stderr
    assert Path(kept).read_bytes() == before
    program.output(*words, "--overwrite")
    assert size(Path(kept)) == (40, 30)


def test_an_edit_that_died_between_record_and_result_is_done_again(
    program: Any, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    program.output("edit", photos / "a.jpg", "--resize", "40x30", "--output", output)
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError(5, "dead")))
        assert program.run(
            "edit", photos / "a.jpg", "--resize", "10x", "--output", output
        ).exit_code
    program.output("edit", photos / "a.jpg", "--resize", "10x", "--output", output)
    assert size(output / "a.jpg")[0] == 10


def test_a_storage_keeps_what_results_were_made_of_too(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    program.output("storages", "create", "archive", "--type", "local", "--path", folder)
    words = ["edit", photos, "--output", "storage://archive/small/"]
    assert program.json(*words, "--resize", "40x30")["edited"] == 5
    assert program.json(*words, "--resize", "40x30")["present"] == 5
    assert program.json(*words, "--resize", "20x15")["redone"] != {}
    assert size(folder / "small" / "a.jpg") == (20, 15)
    back = ["edit", "storage://archive/small/", "--resize", "10x", "--output", tmp_path / "back"]
    assert program.json(*back)["edited"] == 5
    assert program.json(*back)["present"] == 5


def test_a_file_as_output_gives_that_file_in_the_format_of_its_name(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "cover.png"
    program.output("edit", photos / "a.jpg", "--resize", "40x30", "--output", file)
    with Image.open(file) as image:
        assert (image.format, image.size) == ("PNG", (40, 30))
    program.output("edit", photos / "a.jpg", "--resize", "20x15", "--output", file)
    assert size(file) == (20, 15)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{photos}", "--output", "{out}/x.jpg"], "holds one image, and there are 5"),
        (["{photos}/a.jpg", "--output", "{out}/x.gif"], "results cannot be gif"),
        (["{photos}/a.jpg", "--output", "{out}/two.xyz"], "results cannot be xyz"),
        (["{photos}/a.jpg", "--output", "storage://web/two.xyz"], "results cannot be xyz"),
        (["{photos}/a.jpg", "--output", "{out}/x.png", "--format", "webp"], "says png"),
        (["{photos}/a.jpg", "--output", "{photos}/a.jpg"], "would replace the original"),
        (["{photos}/a.jpg", "--output", "{photos}/a.jpg/x/"], "is no folder"),
        (["-", "-", "--output", "-"], "read once"),
        (["{photos}/a.jpg", "--output", "-", "--json"], "holds the image already"),
        (["{photos}/a.jpg", "--output", "{out}", "--operations", "{file}"], "extensions.no.such"),
        (["{photos}/a.jpg", "--dry-run", "--operations", "{file}"], "extensions.no.such"),
        (["{photos}/a.jpg", "--output", "storage://web/x/"], "read-only"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_starts(
    program: Any, photos: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    file = tmp_path / "edit.json"
    file.write_text('{"extensions": {"no.such": {}}}')
    before = {name: (photos / name).read_bytes() for name in names(photos)}
    places = {"photos": photos, "out": tmp_path / "out", "file": file}
    result = program.run("edit", *[word.format(**places) for word in words])
    assert result.exit_code == 2, result.output
    assert message in result.output
    assert not (tmp_path / "out").exists()
    assert {name: (photos / name).read_bytes() for name in names(photos)} == before


@pytest.mark.parametrize("folder", ["photos.2024", "two.xyz/", "there.xyz"])
def test_a_folder_may_have_a_dot_in_its_name(
    program: Any, photos: Path, tmp_path: Path, folder: str
) -> None:
    (tmp_path / "there.xyz").mkdir()
    output = f"{tmp_path}/{folder}"
    program.output("edit", photos / "a.jpg", "--resize", "40x30", "--output", output)
    assert names(Path(output)) == ["a.jpg"]


def test_results_may_stand_beside_their_originals(program: Any, photos: Path) -> None:
    words = ["edit", photos / "a.jpg", "--resize", "40x30", "--format", "webp", "--output", photos]
    program.output(*words)
    assert size(photos / "a.webp") == (40, 30)


def test_the_folder_above_may_hold_the_results(program: Any, photos: Path) -> None:
    said = program.output("edit", photos / "trip", "--resize", "40x30", "--output", photos)
    assert said.startswith("2 images edited")
    assert size(photos / "d.jpg") == (40, 30)


def test_one_picture_comes_from_standard_input_and_goes_to_standard_output(
    program: Any, photos: Path, tmp_path: Path
) -> None:
    given = (photos / "a.jpg").read_bytes()
    result = program.run("edit", "-", "--resize", "40x30", "--output", "-", input=given)
    assert result.exit_code == 0
    with Image.open(io.BytesIO(result.stdout_bytes)) as image:
        assert image.size == (40, 30)
    assert "1 image edited" in result.stderr
    program.run("edit", "-", "--resize", "40x30", "--output", tmp_path / "out", input=given)
    assert names(tmp_path / "out") == ["image.jpeg"]


def test_pictures_are_told_by_their_contents_and_others_are_counted(
    program: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    for name in ("a.jpg", "b.mpo", "c.hif", "noextension", "f.JPG_large"):
        paint(folder / name, "red")
    (folder / "notes.txt").write_text("none")
    (folder / "empty").write_bytes(b"")
    result = program.run("edit", folder, "--resize", "20x", "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert "5 images edited" in result.stdout
    assert "2 files left out" in result.stdout
    assert "notes.txt" in result.stderr


def test_a_dry_run_says_what_the_run_then_does(program: Any, photos: Path, tmp_path: Path) -> None:
    words = ["edit", photos, "--polish", "--resize", "300x", "--upscale", "photo"]
    words += ["--remove-background", "--output", tmp_path / "out"]
    planned = program.json(*words, "--dry-run")
    sizes = {Path(each["input"]).name: each["from"] for each in planned["pictures"]}
    assert sizes["b.jpg"] == {"format": "jpeg", "width": 64, "height": 48}
    engines = {f"{step['operation']} ({step['engine']})" for step in planned["steps"]}
    done = program.json(*words)
    assert {each for each in done["engines"] if not each.startswith("encode")} == engines
    again = program.json(*words, "--dry-run")
    assert {each["state"] for each in again["pictures"]} == {"current"}
    assert "5 there already" in program.output(*words, "--dry-run")
    other = program.json(*words, "--hdr", 20, "--dry-run")
    assert {each["reason"] for each in other["pictures"]} == {"it was made by other operations"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--resize", "10"], "--resize: expected WxH"),
        (["--resize", "10x20%"], "--resize: expected both sides in pixels, or both in percent"),
        (["--format", "png", "--quality", "3"], "png has no quality"),
        (["--background", "red"], "--background: expected a colour like '#ffffff'"),
        (["--output", "{photos}"], "would lie among the originals"),
        (["--output", ""], "where the results go"),
    ],
)
def test_mistakes_are_explained(
    program: Any, photos: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    given = [word.format(photos=photos) for word in words]
    if "--output" not in given:
        given += ["--output", str(tmp_path / "out")]
    elif given[-1] == "":
        given = []
    result = program.run("edit", photos, *given)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--padding", "10pxx"], "Error: --padding: expected lengths like 10%, 5% 15%"),
        (["--keep-metadata", "faces"], "Error: --keep-metadata: expected all, or some of"),
        (["--operations", "{file}"], "resizing.width: expected 1 to 1000000 pixels"),
        (["--operations", "{file}", "--contract", "image-edit"], "operations.resizing.width: "),
        (
            ["--operations", "{file}", "--contract", "none"],
            "Error: --contract: no contract 'none' is installed",
        ),
    ],
)
def test_mistakes_are_told_in_the_words_of_who_made_them(
    program: Any, photos: Path, tmp_path: Path, words: list[str], message: str
) -> None:
    file = tmp_path / "edit.json"
    file.write_text('{"resizing": {"width": "x"}}')
    given = [word.format(file=file) for word in words]
    result = program.run("edit", photos, *given, "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "regex" not in result.stderr or "--contract" in words
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_named(program: Any, tmp_path: Path) -> None:
    result = program.run("edit", tmp_path / "none", "--output", tmp_path / "out")
    assert result.exit_code == 3
    assert "none" in result.output


def test_metadata_and_subsampling_are_chosen(program: Any, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x8298] = "(c) Ann"
    place = exif.get_ifd(0x8825)
    place[1] = "N"
    exif[0x8825] = place
    original = tmp_path / "a.jpg"
    Image.new("RGB", (40, 30), "olive").save(original, exif=exif.tobytes())
    kept = {}
    for kinds in ("all", "copyright,icc", "gps"):
        target = tmp_path / f"{kinds}.jpg"
        options = ["--keep-metadata", kinds, "--subsampling", "4:4:4"]
        program.output("edit", original, *options, "--output", target)
        with Image.open(target) as result:
            found = result.getexif()
            kept[kinds] = (found.get(0x8298), bool(found.get_ifd(0x8825)))
            assert JpegImagePlugin.get_sampling(result) == 0
    assert kept == {
        "all": ("(c) Ann", True),
        "copyright,icc": ("(c) Ann", False),
        "gps": (None, True),
    }
    for wrong in (["--keep-metadata", "faces"], ["--format", "png", "--subsampling", "4:4:4"]):
        refused = program.run("edit", original, *wrong, "--output", tmp_path / "wrong")
        assert refused.exit_code == 2


@pytest.mark.parametrize(
    "size",
    [
        "-5xauto",
        "abcx",
        "0x0",
        "x-5",
        "10x0",
        "0%x10%",
        "1000001x10",
        "9" * 5000 + "x",
        "9" * 5000,
        "٣x٣",
    ],
)
def test_a_size_that_is_none_is_told_in_the_options_own_words(
    program: Any, photos: Path, tmp_path: Path, size: str
) -> None:
    result = program.run("edit", photos / "a.jpg", "--resize", size, "--output", tmp_path / "out")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: --resize: expected ")
    assert len(result.stderr) < 200
    assert not (tmp_path / "out").exists()


def test_a_product_stands_in_the_middle_of_a_ground_and_a_mask_comes_alone(
    program: Any, tmp_path: Path
) -> None:
    original = tmp_path / "shoe.png"
    drawn = Image.new("RGB", (300, 200), "#dddddd")
    ImageDraw.Draw(drawn).rectangle((30, 40, 119, 159), fill="#a01010")
    drawn.save(original)
    product, mask = tmp_path / "product.png", tmp_path / "mask.png"
    program.output("edit", original, "--product", "--background", "#eeeeff", "--output", product)
    program.output("edit", original, "--mask", "--output", mask)
    shot = Image.open(product).convert("RGB")
    assert abs(shot.width - shot.height) <= 1
    assert shot.getpixel((0, 0)) == (0xEE, 0xEE, 0xFF)
    middle = shot.getpixel((shot.width // 2, shot.height // 2))
    assert isinstance(middle, tuple)
    assert np.abs(np.subtract(middle, (0xA0, 0x10, 0x10))).max() < 8
    found = np.asarray(Image.open(mask).convert("L"))
    assert found.shape == (200, 300)
    assert found[100, 70] == 255
    assert found[100, 250] == 0


def test_in_strict_mode_nothing_found_is_an_error(program: Any, tmp_path: Path) -> None:
    original, result = tmp_path / "wall.png", tmp_path / "out.png"
    Image.new("RGB", (200, 150), "#887766").save(original)
    program.output("edit", original, "--identity-crop", "--output", result)
    result.unlink()
    refused = program.run("edit", original, "--identity-crop", "--strict", "--output", result)
    assert refused.exit_code == 1
    assert "no face was found" in refused.output
    assert not result.exists()


def test_a_product_and_a_mask_are_not_made_at_once(program: Any, tmp_path: Path) -> None:
    original, asked = tmp_path / "shoe.png", tmp_path / "asked.json"
    Image.new("RGB", (60, 40), "#dddddd").save(original)
    refused = program.run("edit", original, "--product", "--mask", "--output", tmp_path / "a.png")
    assert refused.exit_code != 0
    assert "--mask: does not go with background.product" in refused.output
    product = {"background.product": {"share": 0.8}}
    asked.write_text(json.dumps({"extensions": product}))
    options = ["--operations", asked, "--mask", "--output", tmp_path / "b.png"]
    refused = program.run("edit", original, *options)
    assert refused.exit_code != 0
    assert "does not go with background.product" in refused.output
    assert not [*tmp_path.glob("[ab].png")]
