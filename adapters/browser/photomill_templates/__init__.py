"""What the pages in a browser and the HTML files of the command line share: templates, and the look of both."""

from photomill_templates.files import STATIC, page_file
from photomill_templates.tiles import Section, Tile

__all__ = ["STATIC", "Section", "Tile", "page_file"]
