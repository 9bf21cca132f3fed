"""What the operations of this plugin have in common."""

from typing import ClassVar

from photomill.plugin import EditOperation, OpenContext
from photomill_vips_editor import vips_images


class VipsOperation(EditOperation):
    """Runs on libvips, the same at every size an image may have been decoded at."""

    rank = 10
    engine = "libvips"
    at_any_size = True
    requires: ClassVar[tuple[str, ...]] = ("pyvips",)
    extra = "pyvips[binary]"

    def open(self, context: OpenContext) -> None:
        vips_images.start()
