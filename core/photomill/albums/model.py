"""What albums are made of."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import field, frozen

PhotoState = Literal["reserved", "uploaded", "ready", "failed"]


@frozen
class Owner:
    """
    :ivar timezone: an IANA name; it says when a day begins.
    :ivar primary_brand: the brand of groups that name none.
    :ivar collection: the collection that the owner's photos are embedded into.
    :ivar created: seconds since the epoch, as all times here.
    """

    id: str
    name: str
    email: str
    timezone: str
    primary_brand: str
    collection: str
    created: float


@frozen
class Brand:
    """
    :ivar slug: a short name for addresses, unique among all brands, whatever its case and composition.
    :ivar details: whatever else clients keep with it.
    """

    id: str
    owner: str
    name: str
    slug: str
    created: float
    details: Mapping[str, Any] = field(factory=dict)


@frozen
class Group:
    """
    :ivar token: what opens the public view: unique for ever, also after the group is gone.
    :ivar when: the moment whose day the group belongs to.
    :ivar thumb: the path of a derivative of one of its photos; empty takes the first photo's.
    :ivar deleted: when it was deleted; None while it is there.
    :ivar hidden: left out where a brand's groups are listed in public.
    :ivar protected: whether the public view asks for a password.
    :ivar expires: when the public view ends; None for never.
    :ivar uploading: when somebody last said that an upload goes on; None for never.
    """

    id: str
    owner: str
    brand: str
    name: str
    token: str
    when: int
    created: float
    updated: float
    thumb: str = ""
    deleted: float | None = None
    hidden: bool = False
    protected: bool = False
    expires: float | None = None
    uploading: float | None = None
    details: Mapping[str, Any] = field(factory=dict)


@frozen
class GroupSummary:
    """A group as lists show it.

    :ivar count: its photos that are ready and not deleted.
    :ivar thumb: the path of its thumbnail; empty while it has no photo.
    """

    group: Group
    count: int
    thumb: str


@frozen
class Photo:
    """
    :ivar sort_name: what photos are sorted by, as people count: IMG_2 before IMG_10.
    :ivar files: paths, of the ``original`` and of each derivative by its name in ``[albums.derivatives]``. They begin with
        a slash and do not tell of each other.
    :ivar width: of the original, the right way up, in pixels; 0 until it is known.
    :ivar mean_colour: the mean colour, ``#rrggbb``.
    :ivar sha256: of the original's bytes, in hexadecimal.
    :ivar uploaded: when the original was stored; None until then.
    :ivar captured: when the camera says that it was taken; None where it does not.
    :ivar captured_offset: by how many seconds the camera's clock was ahead of UTC; None where it does not say.
    :ivar position: where its owner put it in the group; None for photos that follow by their names.
    :ivar favourite: a mark that the owner sets.
    :ivar duplicate_of: an earlier photo of the owner that looks the same; empty for none.
    :ivar error: why it could not be read.
    """

    id: str
    group: str
    owner: str
    state: PhotoState
    created: float
    updated: float
    sort_name: str = ""
    files: Mapping[str, str] = field(factory=dict)
    width: int = 0
    height: int = 0
    bytes: int = 0
    format: str = ""
    mean_colour: str = ""
    sha256: str = ""
    uploaded: float | None = None
    captured: float | None = None
    captured_offset: float | None = None
    position: int | None = None
    favourite: bool = False
    duplicate_of: str = ""
    deleted: float | None = None
    error: str = ""

    @property
    def shown(self) -> bool:
        """Whether lists have it."""
        return self.state == "ready" and self.deleted is None

    @property
    def ratio(self) -> float:
        """Width over height; 0 until it is known."""
        return round(self.width / self.height, 4) if self.height else 0.0


@frozen
class Reservation:
    """Room for one photo.

    :ivar secret: the upload address's random part; told this once.
    :ivar expires: until when the photo may be sent.
    """

    photo: str
    group: str
    secret: str = field(repr=False)
    expires: float


ZipState = Literal["waiting", "writing", "done", "failed"]


@frozen
class ZipEntry:
    """
    :ivar path: of a photo's file.
    :ivar name: what it is called in the archive.
    """

    path: str
    name: str


@frozen
class Zip:
    """An archive of photos, and how far it is.

    :ivar id: 256 random bits: whoever knows it may follow the archive and fetch it.
    :ivar entries: what was asked for.
    :ivar left_out: the names of those that were deleted before they were packed.
    :ivar done: how many entries are packed or left out.
    :ivar bytes: how large the archive is; 0 until it is done.
    :ivar error: why it failed.
    :ivar expires: when it is removed.
    """

    id: str = field(repr=False)
    owner: str
    group: str
    name: str
    entries: Sequence[ZipEntry] = field(repr=False)
    created: float
    expires: float
    state: ZipState = "waiting"
    left_out: Sequence[str] = ()
    done: int = 0
    bytes: int = 0
    downloads: int = 0
    finished: float | None = None
    error: str = ""

    @property
    def percent(self) -> float:
        """0 to 100."""
        return 100.0 if self.state == "done" else round(100 * self.done / len(self.entries), 1)


Downloads = Literal["none", "shown", "original"]


@frozen
class ShareOptions:
    """What the public view of a group offers.

    :ivar downloads: what of each photo visitors may download: nothing, the largest derivative that is shown, or the original.
    :ivar watermark: show the derivatives that ``[albums.derivatives]`` makes public; otherwise all that have no watermark.
    :ivar favourites: whether visitors may mark photos.
    :ivar message: what the owner says above the photos.
    """

    downloads: Downloads = "none"
    watermark: bool = True
    favourites: bool = True
    message: str = ""


@frozen
class SharedGroup:
    """A group that a visitor was let into."""

    group: Group
    options: ShareOptions


@frozen
class SharedImage:
    """A derivative that visitors see; sizes in pixels."""

    path: str
    width: int
    height: int


@frozen
class SharedPhoto:
    """A photo as visitors see it.

    :ivar name: what photos are sorted by, without the ending of the file.
    :ivar width: of the original, in pixels, as ``height``.
    :ivar images: what may be shown, smallest first.
    :ivar download: the path of what may be downloaded; empty where nothing may.
    :ivar cover: whether it stands for the group.
    """

    id: str
    name: str
    width: int
    height: int
    mean_colour: str
    images: Sequence[SharedImage]
    download: str = ""
    cover: bool = False


@frozen
class Visitor:
    """Somebody who marked photos of a public view.

    :ivar name: as they gave it; empty where they did not.
    :ivar message: what they wrote to the owner.
    :ivar sent: when they last sent their favourites; None where they did not.
    :ivar favourites: ids of photos, in the order in which they were marked.
    """

    id: str
    group: str
    created: float
    updated: float
    name: str = ""
    message: str = ""
    sent: float | None = None
    favourites: Sequence[str] = ()
