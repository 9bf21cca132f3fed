"""Images of 12 to 24 megapixels: photos put together, as a camera would save them.

``python -m editing_peers.large COUNT FOLDER PHOTOS…``
"""

import sys
from pathlib import Path

from PIL import Image

SIZES = [(4000, 3000), (4896, 3264), (6000, 4000)]


def main() -> None:
    count, folder, *photos = sys.argv[1:]
    for number in range(int(count)):
        width, height = SIZES[number % len(SIZES)]
        picture = Image.new("RGB", (width, height))
        for place in range(4):
            with Image.open(photos[(number * 7 + place) % len(photos)]) as opened:
                part = opened.convert("RGB").resize((width // 2, height // 2))
            picture.paste(part, (place % 2 * (width // 2), place // 2 * (height // 2)))
        picture.save(Path(folder, f"large{number:02}.jpeg"), quality=92)


if __name__ == "__main__":
    main()
