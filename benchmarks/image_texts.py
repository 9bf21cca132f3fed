"""Whether words that are written in photos find them, and which photos are taken for documents or screenshots.

The queries were written by somebody who had seen what was read of some of the photos; those that are misread or missed
are among them. The answer is one photo; another with the word counts as wrong.

    python benchmarks/image_texts.py ../shared/photos --models .venv/models
"""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from photomill import ByText, Collection, Engine, SearchOptions
from photomill.config.load import load_settings

QUERIES: Mapping[str, str] = {
    "hitachi": "n03492542_hard_disc",
    "travelstar": "n03492542_hard_disc",
    "van buren": "n04562935_water_tower",
    "le shoe boutique": "n04200800_shoe_shop",
    "savings bank": "n02977058_cash_machine",
    "gambrinus": "n02823428_beer_bottle",
    "budweiser": "n02823428_beer_bottle",
    "magnavox": "n04392985_tape_player",
    "yamaha": "n02966193_carousel",
    "land princess": "n03673027_liner",
    "lyons": "n03482405_hamper",
    "hokuo": "n03958227_plastic_bag",
    "barbarian": "n04118538_rugby_ball",
    "slot game": "n04243546_slot",
    "off duty": "n02930766_cab",
    "harroun": "n03201208_dining_table",
    "singapore": "n01914609_sea_anemone",
    "cybermation": "n06359193_web_site",
    "wolf is keeping his eyes on us": "n02114855_coyote",
    "plumbing": "n04208210_shovel",
}
NOT_WRITTEN = ("photomill", "zebra crossing law", "47110815", "ministry", "quarterly")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder, "data")
        data_dir.mkdir()
        shutil.copytree(arguments.models / "ocr", data_dir / "models" / "ocr")
        overrides = {"photomill.data_dir": str(data_dir)}
        with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
            measure(engine, arguments.photos)


def measure(engine: Engine, photos: Path) -> None:
    info = engine.collections.create("photos")
    engine.importing.run(info.id, [photos])
    collection = engine.collections.open(info.id)
    before = ranks(collection)
    began = time.process_time()
    report = engine.reading.run(info.id)
    spent = time.process_time() - began
    after = ranks(collection)
    print(f"{report.read} images read, {report.with_text} with text, ", end="")
    print(f"{1000 * spent / max(report.read, 1):.0f} ms of processor time each")
    for query, rank in before.items():
        print(f"{query:32} {rank or '-':>5} {after[query] or '-':>5}")
    print(f"first: {first(before)} before, {first(after)} after, of {len(QUERIES)}")
    for query in NOT_WRITTEN:
        hits = collection.search(ByText(query), SearchOptions(limit=3)).hits
        print(f"not written anywhere: {query!r} finds {[hit.id for hit in hits]}")
    print(Counter(record.kind for record in collection.iterate()))
    for kind in ("document", "screenshot"):
        print(f"{kind}: {collection.ids({'kind': kind})}")


def ranks(collection: Collection) -> dict[str, int]:
    """Where the answer stands, from 1; 0 where it is not found."""
    found = {}
    for query, answer in QUERIES.items():
        hits = collection.search(ByText(query), SearchOptions(limit=1000)).hits
        places = [place for place, hit in enumerate(hits, 1) if Path(hit.id).stem == answer]
        found[query] = places[0] if places else 0
    return found


def first(ranked: Mapping[str, int]) -> int:
    return sum(rank == 1 for rank in ranked.values())


if __name__ == "__main__":
    main()
