"""What the operations of this plugin have in common."""

from typing import ClassVar

from photomill.plugin import EditOperation


class PillowOperation(EditOperation):
    """Runs on Pillow and numpy; of lower rank than libvips, and the same at every size an image was decoded at."""

    rank = -10
    engine = "pillow"
    at_any_size = True
    requires: ClassVar[tuple[str, ...]] = ("PIL",)
    extra = "pillow"
