"""What results are called."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from photomill.editing.naming import FORMATS, ImageName, ResultNames, with_siblings

ENDINGS = ("jpg", "JPG", "jpeg", "png", "webp", "tif", "tiff", "avif", "heic", "bmp", "gif", "")
STEMS = ("a", "b", "a.png", "a-2", "IMG_0001", "a.bmp")

files = st.builds(
    lambda stem, ending: f"{stem}.{ending}" if ending else stem,
    st.sampled_from(STEMS),
    st.sampled_from(ENDINGS),
)
formats = st.sampled_from([*((each,) for each in FORMATS), FORMATS])


def named(names: set[str], wanted: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What the results of a folder's images may be called, by image."""
    given_names = ResultNames(wanted)
    return {
        name: tuple(map(given_names.name(image).of, wanted))
        for name, image in with_siblings(sorted(names), _picture)
    }


def _picture(name: str) -> ImageName:
    return ImageName("", name, f"storage://x/{name}")


@given(st.sets(files, max_size=30), formats)
def test_no_two_results_may_be_called_alike(names: set[str], wanted: tuple[str, ...]) -> None:
    owners: dict[str, str] = {}
    for image, results in named(names, wanted).items():
        for result in set(results):
            assert owners.setdefault(result.casefold(), image) == image


@given(st.sets(files, max_size=30), formats)
def test_another_run_calls_them_the_same(names: set[str], wanted: tuple[str, ...]) -> None:
    assert named(names, wanted) == named(names, wanted)


@given(files, formats)
def test_a_picture_that_keeps_its_format_keeps_its_name(name: str, wanted: tuple[str, ...]) -> None:
    results = dict(zip(wanted, named({name}, wanted)[name], strict=True))
    for ending, format in (("jpg", "jpeg"), ("JPG", "jpeg"), ("png", "png"), ("tif", "tiff")):
        if name.endswith(f".{ending}") and format in wanted:
            assert results[format] == name


@given(st.sets(st.sampled_from(["heic", "bmp", "gif", "webp", "tif"])))
def test_pictures_that_come_later_leave_names_as_they_were(later: set[str]) -> None:
    first = {"b.jpg", "b.png"}
    before = named(first, ("jpeg",))
    after = named(first | {f"b.{ending}" for ending in later}, ("jpeg",))
    assert before == {"b.jpg": ("b.jpg",), "b.png": ("b.jpeg",)}
    assert before.items() <= after.items()


def test_those_of_one_stem_keep_their_endings() -> None:
    names = {"b.jpg", "b.png", "b.bmp", "c.heic", "d"}
    assert {name: results[0] for name, results in named(names, ("jpeg",)).items()} == {
        "b.bmp": "b.bmp.jpeg",
        "b.jpg": "b.jpg",
        "b.png": "b.jpeg",
        "c.heic": "c.jpeg",
        "d": "d.jpeg",
    }


def test_folders_do_not_disturb_one_another() -> None:
    listed = [
        ImageName("", "b.bmp", "1"),
        ImageName("b.d/", "b.png", "2"),
        ImageName("", "b.png", "3"),
        ImageName("c/", "b.png", "4"),
    ]
    names = ResultNames(("jpeg",))
    found = [names.name(each).of("jpeg") for _, each in with_siblings(listed, lambda each: each)]
    assert found == ["b.bmp.jpeg", "b.d/b.jpeg", "b.jpeg", "c/b.jpeg"]


@given(st.lists(st.sets(files, min_size=1, max_size=6), min_size=2, max_size=3), formats)
def test_no_two_results_of_several_places_are_called_alike(
    places: list[set[str]], wanted: tuple[str, ...]
) -> None:
    """As in a batch of a million images: only the names of items are remembered."""
    stored: set[str] = set()
    owners: dict[str, str] = {}
    for place, names in enumerate(places):
        for name, image in with_siblings(sorted(names), _picture):
            found = evolve(image, uri=f"storage://x/{place}/{name}", first=place == 0)
            made = ResultNames(wanted, lambda rivals: not stored.isdisjoint(rivals))
            result = made.name(found)
            stored.add(result.name)
            for each in set(map(result.of, wanted)):
                assert owners.setdefault(each, found.uri) == found.uri
