"""The catalog's tables of albums."""

from photomill.albums.store.groups import GroupTable
from photomill.albums.store.owners import BrandTable, OwnerTable
from photomill.albums.store.photos import PhotoTable
from photomill.albums.store.sharing import ShareTable
from photomill.albums.store.uploads import UploadTable
from photomill.albums.store.visitors import VisitorTable
from photomill.albums.store.zips import ZipTable
from photomill.catalog import Catalog


class AlbumTables:
    """All tables of one catalog's albums."""

    def __init__(self, catalog: Catalog) -> None:
        self.owners = OwnerTable(catalog)
        self.brands = BrandTable(catalog)
        self.groups = GroupTable(catalog)
        self.photos = PhotoTable(catalog)
        self.uploads = UploadTable(catalog)
        self.zips = ZipTable(catalog)
        self.sharing = ShareTable(catalog)
        self.visitors = VisitorTable(catalog)
