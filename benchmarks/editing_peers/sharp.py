"""sharp, which npm installs."""

import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".mjs")


def command(folder: Path) -> list[str]:
    """A command that runs it; installs it into the folder where it is not there."""
    if not (folder / "node_modules" / "sharp").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("sharp needs npm")
        folder.mkdir(parents=True, exist_ok=True)
        # A package file of its own: npm would look for one in the folders above.
        (folder / "package.json").write_text('{"private": true}')
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "sharp"], cwd=folder, check=True)
    script = Path(shutil.copy(SCRIPT, folder))
    return ["node", str(script.absolute())]
