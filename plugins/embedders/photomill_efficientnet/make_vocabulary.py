"""Makes ``vocabulary.tsv``: ImageNet's 1,000 classes and the kinds they are of, with WordNet's words.

    python -m photomill_efficientnet.make_vocabulary imagenet_synsets.txt data.noun

The first file is timm 1.0.31's ``timm/data/_info/imagenet_synsets.txt``, the second one WordNet 3.0's, as Debian's package
wordnet-base 3.0 has it; the offsets of other versions of WordNet name other things.
"""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

SHA256 = {
    "imagenet_synsets.txt": "70002b0ff5de60a3a17a82dbfcff291931f96225ddf941ad2e182fc39e183d15",
    "data.noun": "fea17d2f9656611334eac790e5d69e47645fa180c4aa481fb4cd9b3520754ca2",
}

TARGET = Path(__file__).with_name("vocabulary.tsv")

# Nobody looks for a photo of a whole, or of a placental mammal: too general, or terms of science.
LEFT_OUT = frozenset(
    {
        "abstraction",
        "anapsid",
        "anseriform bird",
        "anthozoan",
        "apodiform bird",
        "aquatic mammal",
        "aquatic vertebrate",
        "archosaur",
        "area",
        "artifact",
        "attachment",
        "attribute",
        "bar",
        "barrier",
        "bovid",
        "cartilaginous fish",
        "causal agent",
        "chordate",
        "coelenterate",
        "commodity",
        "communication",
        "consumer goods",
        "container",
        "conveyance",
        "coraciiform bird",
        "covering",
        "craft",
        "creation",
        "crocodilian reptile",
        "cuculiform bird",
        "cypriniform fish",
        "decapod crustacean",
        "device",
        "diapsid",
        "dictyopterous insect",
        "dipterous insect",
        "domestic animal",
        "durables",
        "echinoderm",
        "edentate",
        "elasmobranch",
        "electronic equipment",
        "entity",
        "equipment",
        "establishment",
        "even-toed ungulate",
        "excavation",
        "fastener",
        "foodstuff",
        "framework",
        "furnishing",
        "gallinaceous bird",
        "game",
        "game equipment",
        "ganoid",
        "geological formation",
        "homopterous insect",
        "hymenopterous insect",
        "implement",
        "instrument",
        "instrumentality",
        "lepidopterous insect",
        "living thing",
        "location",
        "matter",
        "mechanical device",
        "mechanism",
        "mercantile establishment",
        "metatherian",
        "monotreme",
        "musteline mammal",
        "natural object",
        "neuropteron",
        "nutriment",
        "object",
        "obstruction",
        "odd-toed ungulate",
        "organism",
        "orthopterous insect",
        "oscine",
        "part",
        "passerine",
        "percoid fish",
        "phasianid",
        "physical entity",
        "piciform bird",
        "piece",
        "place of business",
        "placental",
        "plant organ",
        "plant part",
        "plaything",
        "plectognath",
        "point",
        "proboscidean",
        "protective covering",
        "prototherian",
        "relation",
        "reproductive structure",
        "restraint",
        "rod",
        "ruminant",
        "saurian",
        "self-propelled vehicle",
        "sheet",
        "signal",
        "soft-finned fish",
        "solid",
        "spiny-finned fish",
        "structure",
        "substance",
        "support",
        "supporting structure",
        "surface",
        "system",
        "teleost fish",
        "ungulate",
        "utensil",
        "vascular plant",
        "vertebrate",
        "visual signal",
        "ware",
        "wheeled vehicle",
        "whole",
        "work",
    }
)


@frozen
class Synset:
    names: Sequence[str]
    parents: Sequence[str]
    definition: str


def main(synsets: str, nouns: str) -> None:
    wordnet = read_nouns(checked(Path(nouns), "data.noun").decode())
    classes = checked(Path(synsets), "imagenet_synsets.txt").decode().split()
    kinds = sorted({kind for each in classes for kind in ancestors(each, wordnet)} - set(classes))
    lines = []
    for place, name in enumerate([*classes, *kinds]):
        synset = wordnet[name]
        # Kinds are only searched by their names.
        definition = synset.definition if place < len(classes) else ""
        left_out = "-" if place >= len(classes) and synset.names[0] in LEFT_OUT else "+"
        lines.append(
            "\t".join(
                [name, left_out, "|".join(synset.names), "|".join(synset.parents), definition]
            )
        )
    TARGET.write_text(f"{len(classes)}\n" + "\n".join(lines) + "\n", encoding="utf-8")


def checked(path: Path, name: str) -> bytes:
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256[name]:
        raise SystemExit(f"{path} is not the expected {name}: SHA-256 {found}")
    return data


def read_nouns(text: str) -> dict[str, Synset]:
    """Read WordNet's nouns: see wndb(5)."""
    found = {}
    for line in text.splitlines():
        if line.startswith(" "):
            continue  # The licence.
        head, _, gloss = line.partition(" | ")
        fields = head.split()
        count = int(fields[3], 16)
        names = [fields[4 + 2 * each].replace("_", " ") for each in range(count)]
        pointers = fields[4 + 2 * count :]
        parents = [
            f"n{pointers[place + 1]}"
            for place in range(1, len(pointers) - 3, 4)
            if pointers[place] in {"@", "@i"}
        ]
        # What follows the definition are examples, in quotes.
        definition = gloss.split('; "')[0].strip()
        found[f"n{fields[0]}"] = Synset(names, parents, definition)
    return found


def ancestors(name: str, wordnet: Mapping[str, Synset]) -> set[str]:
    """All that a synset is a kind of."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for parent in wordnet[waiting.pop()].parents:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
