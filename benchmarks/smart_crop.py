"""How much of a subject stays in a smart crop, and whether faces do.

Each label was written down by eye, on a thumbnail with a grid, before the method was run: the subject's first and last
percent of the longer side. The window is half as long as that side; *kept* is the share of the subject that is in it, or
of the window where the subject is larger. A subject is off-centre whose middle is more than a tenth off the image's.
Faces are cut at half of the width and at half of the height; those that are too far apart for one window do not count.

The cascades of faces were chosen on these faces, so what is said of them is no forecast. The photos of the first table are
ImageNet's, with which the network learned; those of the second are not:

    pip download --no-deps --no-binary :all: pillow thumbor face-recognition    # and unpack them, with the wheels of
    pip download --no-deps scikit-learn imgaug ultralytics                      # these, below FOLDER
    python benchmarks/smart_crop.py --photos ../shared/photos --more FOLDER --models .venv/models
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from pathlib import Path

import numpy as np
from attrs import frozen
from PIL import Image, ImageFile, ImageOps

from photomill.components import OpenContext
from photomill.config.settings import FetchSettings
from photomill.images.raster import Raster
from photomill_background import SubjectCrop
from photomill_background.interest import Interest

Extent = tuple[float, float]
Box = tuple[float, float, float, float]
Corner = Callable[[Raster, int, int], tuple[int, int]]

_OFF_CENTRE = 10
_WHOLE = 0.95

IMAGENET: Mapping[str, Extent] = {
    "n01514859_hen": (12, 68),
    "n01632458_spotted_salamander": (10, 80),
    "n01695060_Komodo_dragon": (12, 80),
    "n01756291_sidewinder": (18, 84),
    "n01818515_macaw": (40, 80),
    "n02002724_black_stork": (3, 80),
    "n02071294_killer_whale": (17, 88),
    "n02090379_redbone": (15, 90),
    "n02099712_Labrador_retriever": (14, 90),
    "n02109961_Eskimo_dog": (30, 72),
    "n02190166_fly": (20, 75),
    "n02483362_gibbon": (20, 78),
    "n02843684_birdhouse": (23, 85),
    "n03290653_entertainment_center": (4, 66),
    "n03404251_fur_coat": (11, 46),
    "n04592741_wing": (0, 33),
    "n07614500_ice_cream": (0, 70),
    "n07742313_Granny_Smith": (15, 88),
    "n12267677_acorn": (26, 71),
    "n01560419_bulbul": (24, 99),
    "n01734418_king_snake": (30, 100),
    "n01774750_tarantula": (17, 87),
    "n01843383_toucan": (26, 100),
    "n02017213_European_gallinule": (18, 92),
    "n02086646_Blenheim_spaniel": (28, 58),
    "n02091831_Saluki": (12, 84),
    "n02097047_miniature_schnauzer": (17, 49),
    "n02107142_Doberman": (29, 79),
    "n02117135_hyena": (22, 83),
    "n02134084_ice_bear": (35, 65),
    "n02256656_cicada": (5, 56),
    "n02361337_marmot": (32, 60),
    "n02441942_weasel": (25, 55),
    "n02489166_proboscis_monkey": (3, 68),
    "n02643566_lionfish": (18, 70),
    "n02777292_balance_beam": (36, 57),
    "n03125729_cradle": (52, 82),
    "n03216828_dock": (30, 62),
    "n03347037_fire_screen": (16, 80),
    "n03627232_knot": (22, 66),
    "n03709823_mailbag": (24, 73),
    "n03876231_paintbrush": (37, 84),
    "n03930313_picket_fence": (12, 84),
    "n04553703_washbasin": (36, 75),
    "n01440764_tench": (8, 86),
    "n01601694_water_ouzel": (21, 71),
    "n01740131_night_snake": (13, 80),
    "n01795545_black_grouse": (32, 66),
    "n01860187_black_swan": (26, 82),
    "n01980166_fiddler_crab": (30, 77),
    "n02027492_red-backed_sandpiper": (33, 59),
    "n02112137_chow": (8, 82),
    "n02120505_grey_fox": (35, 75),
    "n02165105_tiger_beetle": (11, 82),
    "n02444819_otter": (32, 60),
    "n02493509_titi": (30, 78),
    "n02894605_breakwater": (31, 73),
    "n02977058_cash_machine": (30, 68),
    "n03532672_hook": (22, 62),
    "n03937543_pill_bottle": (33, 77),
    "n04562935_water_tower": (28, 73),
    "n06874185_traffic_light": (12, 88),
    "n07716906_spaghetti_squash": (26, 71),
    "n07836838_chocolate_sauce": (30, 73),
}

OTHERS: Mapping[str, Extent] = {
    "astronaut.png": (8, 73),
    "camera.png": (5, 78),
    "chelsea.png": (28, 78),
    "coffee.png": (12, 82),
    "rocket.jpg": (47, 55),
    "clock_motion.png": (34, 68),
    "china.jpg": (10, 56),
    "quokka.jpg": (15, 58),
    "flower.jpg": (36, 63),
    "xmp_test.jpg": (37, 68),
    "app13-multiple.jpg": (17, 87),
    "bus.jpg": (18, 70),
    "no_face.jpg": (37, 88),
    "Giunchedi%2C_Filippo_January_2015_01.jpg": (20, 85),
    "Christophe_Henner_-_June_2016.jpg": (3, 60),
    "800px-Katherine_Maher.jpg": (20, 84),
    "800px-Guido-portrait-2014.jpg": (28, 72),
    "feature_detection.jpg": (12, 85),
    "zidane.jpg": (12, 92),
    "pil_sample_rgb.jpg": (8, 90),
}

FACES: Mapping[str, tuple[Box, ...]] = {
    "n02669723_academic_gown": ((44, 28, 72, 50),),
    "n02107908_Appenzeller": ((14, 18, 48, 66),),
    "n03642806_laptop": ((68, 17, 82, 38),),
    "n03887697_paper_towel": ((29, 27, 48, 52), (58, 24, 74, 53)),
    "n03125729_cradle": ((27, 53, 52, 68),),
    "n04493381_tub": ((13, 8, 24, 27), (46, 33, 61, 58), (75, 4, 88, 22), (37, 60, 56, 85)),
    "n03347037_fire_screen": ((30, 57, 41, 69),),
    "n02879718_bow": ((46, 3, 58, 20),),
    "n03404251_fur_coat": ((20, 10, 31, 26),),
    "n07714571_head_cabbage": ((42, 32, 61, 62),),
    "astronaut.png": ((36, 6, 57, 36),),
    "biden.jpg": ((40, 5, 80, 25),),
    "obama3.jpg": ((45, 12, 65, 29),),
    "zidane.jpg": ((38, 28, 52, 62), (70, 10, 84, 40)),
    "Giunchedi%2C_Filippo_January_2015_01.jpg": ((38, 16, 60, 60),),
    "Christophe_Henner_-_June_2016.jpg": ((10, 10, 58, 75),),
    "800px-Katherine_Maher.jpg": ((35, 28, 63, 72),),
    "800px-Guido-portrait-2014.jpg": ((32, 18, 66, 88),),
}


@frozen
class Photo:
    """
    :ivar extent: of its subject; None where only its faces are labelled.
    """

    name: str
    raster: Raster
    extent: Extent | None
    faces: tuple[Box, ...]
    imagenet: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--more", type=Path, help="a folder with the other photos, at any depth")
    parser.add_argument("--models", type=Path, help="a folder of models, with mtcnn in it")
    arguments = parser.parse_args()
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    photos = list(found_photos(arguments.photos, arguments.more))
    methods: dict[str, Corner] = {"centre": centred, "what stands out": standing_out()}
    methods["smart, as installed"] = opened(None).corner
    if arguments.models:
        methods["smart, with mtcnn"] = opened(arguments.models).corner
    print("| method | photos | kept | whole | off-centre | worst | faces cut | CPU |")
    print("|---|---|---|---|---|---|---|---|")
    for name, corner in methods.items():
        started = time.process_time()
        lines = list(measured(photos, corner))
        each = (time.process_time() - started) / (2 * len(photos))
        for line in lines:
            print(f"| {name} | {line} | {1000 * each:.0f} ms |")


def measured(photos: list[Photo], corner: Corner) -> Iterator[str]:
    cut, could = 0, 0
    kept: list[tuple[Photo, float]] = []
    for photo in photos:
        for axis in (0, 1):
            length = (photo.raster.width, photo.raster.height)[axis]
            size = [photo.raster.width, photo.raster.height]
            size[axis] = round(length / 2)
            start = 100 * corner(photo.raster, size[0], size[1])[axis] / length
            spans = [(face[axis], face[axis + 2]) for face in photo.faces]
            if spans and max(b for _, b in spans) - min(a for a, _ in spans) <= 50:
                could += len(spans)
                cut += sum(share(start, span) < _WHOLE for span in spans)
            longer = 0 if photo.raster.width >= photo.raster.height else 1
            if photo.extent and axis == longer:
                kept.append((photo, share(start, photo.extent)))
    for title, chosen in (("ImageNet's", True), ("others", False)):
        yield row(title, [each for each in kept if each[0].imagenet is chosen], "")
    yield row("all", kept, f"{cut} of {could}")


def row(title: str, kept: list[tuple[Photo, float]], faces: str) -> str:
    shares = [each for _, each in kept]
    off = [each for photo, each in kept if photo.extent and is_off_centre(photo.extent)]
    whole = statistics.mean(each >= _WHOLE for each in shares)
    return (
        f"{title}: {len(shares)} | {statistics.mean(shares):.3f} | {whole:.2f} | "
        f"{statistics.mean(off):.3f} ({len(off)}) | {min(shares):.2f} | {faces}"
    )


def share(start: float, span: Extent) -> float:
    """What a window of 50 percent holds of a span."""
    inside = min(span[1], start + 50) - max(span[0], start)
    return max(0.0, inside) / min(50, span[1] - span[0])


def is_off_centre(extent: Extent) -> bool:
    return abs(sum(extent) / 2 - 50) > _OFF_CENTRE


def centred(raster: Raster, width: int, height: int) -> tuple[int, int]:
    return (raster.width - width) // 2, (raster.height - height) // 2


def standing_out() -> Corner:
    """The crop without a network and without faces."""
    operation = opened(None)
    operation._detector = None
    operation._interest = Interest(None)
    return operation.corner


def opened(models: Path | None) -> SubjectCrop:
    operation = SubjectCrop(None)
    operation.open(OpenContext("crop", Path("none"), FetchSettings(), models_dir=models))
    return operation


def found_photos(folder: Path, more: Path | None) -> Iterator[Photo]:
    names = {path.stem: path for path in folder.glob("*.JPEG")}
    scikit_image = Path(str(resources.files("skimage") / "data"))
    others = {path.name: path for path in scikit_image.iterdir()}
    for path in sorted(more.rglob("*")) if more else []:
        others.setdefault(path.name, path)
    for extents, files, imagenet in ((IMAGENET, names, True), (OTHERS, others, False)):
        wanted = [*extents, *(name for name in FACES if name not in extents)]
        for name in wanted:
            if name in files:
                image = ImageOps.exif_transpose(Image.open(files[name])).convert("RGB")
                raster = Raster.from_pixels(np.asarray(image))
                yield Photo(name, raster, extents.get(name), FACES.get(name, ()), imagenet)
            elif name in extents:
                print(f"not here, left out: {name}")


if __name__ == "__main__":
    main()
