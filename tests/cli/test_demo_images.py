"""The drawn images that a new user finds."""

from pathlib import Path

from PIL import Image

from photomill_cli.demo_images import COPIED, EACH, SCENES, draw_demo_images


def test_the_set_is_the_same_everywhere_and_drawn_once(tmp_path: Path) -> None:
    paths = draw_demo_images(tmp_path / "one")
    again = draw_demo_images(tmp_path / "two")
    assert len(set(paths)) == len(SCENES) * EACH + len(COPIED)
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]

    paths[0].unlink()
    kept = paths[1].stat()
    assert draw_demo_images(tmp_path / "one") == paths
    assert paths[0].read_bytes() == again[0].read_bytes()
    assert paths[1].stat().st_mtime_ns == kept.st_mtime_ns


def test_a_copy_is_younger_than_what_it_was_made_of(tmp_path: Path) -> None:
    paths = draw_demo_images(tmp_path)
    times = {path.stem: path.stat().st_mtime for path in paths}
    for kind in COPIED:
        assert times[f"{kind}-1-small"] >= times[f"{kind}-1"] + 1
    again = draw_demo_images(tmp_path / "again")
    assert [path.stat().st_mtime for path in again] == [times[path.stem] for path in again]


def test_no_two_are_the_same_but_the_copies(tmp_path: Path) -> None:
    paths = draw_demo_images(tmp_path)
    assert len({path.read_bytes() for path in paths}) == len(paths)
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size == ((480, 360) if path.stem.endswith("small") else (640, 480))
