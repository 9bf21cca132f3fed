"""Edits of one file: decoded for all of them, and with their common steps done once."""

from collections.abc import Callable, Sequence

from attrs import define, evolve, frozen

from photomill.components.editor import RankRegions
from photomill.components.toolbox import Toolbox
from photomill.config.settings import EditingSettings, ImageSettings
from photomill.editing.edit import Edit, EditJob, Kit
from photomill.editing.geometry import Size
from photomill.editing.results import (
    Edited,
    Planned,
)
from photomill.editing.steps import Step
from photomill.errors import ImageUnreadable
from photomill.images.complaints import DAMAGED
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill.images.structure import checked
from photomill.images.truncation import checked_whole

_SHALLOW = 8
"""Bits a channel."""


class Pipeline:
    """Carries edits out. One thread at a time."""

    def __init__(self, toolbox: Toolbox, images: ImageSettings, editing: EditingSettings) -> None:
        self._toolbox = toolbox
        self._limits = evolve(images, max_pixels=editing.max_pixels)
        self._settings = editing

    def run(
        self,
        jobs: Sequence[EditJob],
        *,
        admit: Callable[[int], None] = lambda pixels: None,
        rank_regions: RankRegions | None = None,
    ) -> list[Edited | Exception]:
        """Edit one image, in one way or several: decoded at most once in full and once shrunk, with common steps done once.

        :param jobs: of one file.
        :param admit: called once with the number of pixels that the largest holds, before they are held; returns when they
            may be.
        :returns: for each job, in their order, what came of it.
        :raises ImageError: the file is no image that is taken.
        """
        return self._work(jobs, admit, rank_regions).edited()

    def plan(self, job: EditJob, *, admit: Callable[[int], None] = lambda pixels: None) -> Planned:
        """Tell what :meth:`run` would do, by which engines; nothing is edited but what a choice depends on.

        :raises PhotomillError: what :meth:`run` raises before it edits.
        """
        return self._work((job,), admit, None, planning=True).planned()

    def _work(
        self,
        jobs: Sequence[EditJob],
        admit: Callable[[int], None],
        rank_regions: RankRegions | None,
        *,
        planning: bool = False,
    ) -> "_Work":
        kit = Kit(self._toolbox, self._limits, self._settings, rank_regions, planning)
        return _Work(kit, jobs, admit)


class _Work:
    """The edits of one file under way."""

    def __init__(self, kit: Kit, jobs: Sequence[EditJob], admit: Callable[[int], None]) -> None:
        self._kit = kit
        self._admit = admit
        self._file, self._format = jobs[0].data, jobs[0].format
        # What decoders are given of the file.
        self._data = b""
        self._decoder = kit.toolbox.decoder(self._format)
        self._told: tuple[str, ...] = ()
        self._admitted = False
        self._edits = [Edit(kit, job) for job in jobs]

    def edited(self) -> list[Edited | Exception]:
        self._of_what_is_there(self._work_on_all)
        return [edit.outcome for edit in self._edits if edit.outcome is not None]

    def planned(self) -> Planned:
        self._of_what_is_there(self._work_on_all)
        (edit,) = self._edits
        if isinstance(edit.outcome, Exception):
            raise edit.outcome
        return edit.planned()

    def _of_what_is_there(self, work: Callable[[], None]) -> None:
        """Work on the image, or of a truncated one on what there is."""
        failure: ImageUnreadable | None = None
        limits = self._kit.limits
        try:
            whole = checked_whole(self._file, self._format, limits)
            if whole is not None:
                self._data = whole
                return work()
        except ImageUnreadable as error:
            failure = error
        left = self._decoder.remaining(self._file, self._format, limits)
        if left is None:
            return self._by_another(work, failure or ImageUnreadable(DAMAGED))
        self._data = checked(left.data, self._format, limits)
        self._decoder = self._decoder.tolerant()
        self._told = (left.note,) if left.note else ()
        return work()

    def _by_another(self, work: Callable[[], None], failure: ImageUnreadable) -> None:
        """Ask the other decoders: each library reads kinds of a format that the next one does not."""
        for decoder in self._kit.toolbox.decoders(self._format):
            if decoder is self._decoder:
                continue
            first, self._decoder = self._decoder, decoder
            try:
                self._data = checked(self._file, self._format, self._kit.limits)
                return work()
            except ImageUnreadable:
                self._decoder = first
        raise failure

    def _work_on_all(self) -> None:
        edits = [edit for edit in self._edits if edit.begin(self._told)]
        if not edits:
            return
        raster, origin = self._load(None)
        if raster.has_ink and len(edits) > 1:
            # Inks are kept only as long as a single edit reads them.
            del raster
            for edit in edits:
                self._work_on([edit], *self._load(None))
        else:
            self._work_on(edits, raster, origin)

    def _work_on(self, edits: Sequence["Edit"], raster: Raster, origin: Origin) -> None:
        placed = [edit for edit in edits if edit.tries(edit.be_measured, raster, origin)]
        small = [edit for edit in placed if edit.shrunk is not None and raster.native is not None]
        whole = [edit for edit in placed if edit not in small]
        branches = [_Branch(whole, raster, origin)] if whole else []
        del raster
        if small:
            sizes = [edit.shrunk for edit in small if edit.shrunk is not None]
            least = max(width for width, _ in sizes), max(height for _, height in sizes)
            branches.append(_Branch(small, *self._load(least)))
        self._admit_once(max((branch.pixels_held for branch in branches), default=0))
        for branch in branches:
            branch.start()
            self._advance(branch)

    def _advance(self, branch: "_Branch") -> None:
        """Take edits that had the same steps so far through the rest of theirs."""
        edits, raster = branch.edits, branch.give_up_raster()
        while True:
            groups = _grouped_by_next_step(edits, raster)
            if len(groups) != 1 or groups[0].step is None:
                break
            following = groups[0].apply(raster)
            if following is None:
                return
            edits, raster = following.edits, following.give_up_raster()
        if sum(len(group.edits) for group in groups) > 1:
            # More than one reads it, and what is native may be readable only once.
            _ = raster.levels
        for group in groups:
            if group.step is None:
                for edit in group.edits:
                    edit.tries(edit.finish, raster)
            elif (following := group.apply(raster)) is not None:
                self._advance(following)

    def _load(self, size: Size | None) -> tuple[Raster, Origin]:
        return self._kit.load(self._decoder, self._data, self._format, size)

    def _admit_once(self, pixels: int) -> None:
        """Ask for room, unless a first try that met a truncated file has it already."""
        if not self._admitted:
            self._admit(pixels)
            self._admitted = True


@define(eq=False)
class _Branch:
    """Edits that go on from one raster."""

    edits: Sequence["Edit"]
    raster: Raster | None
    origin: Origin | None = None

    @property
    def pixels_held(self) -> int:
        """By the largest of its edits; of 16 bits counts twice."""
        assert self.raster is not None
        held = self.raster.width * self.raster.height
        most = max(edit.expected_pixels for edit in self.edits)
        return (held + most) * self.raster.depth // _SHALLOW

    def start(self) -> None:
        assert self.raster is not None
        assert self.origin is not None
        for edit in self.edits:
            edit.start(self.raster, self.origin)

    def give_up_raster(self) -> Raster:
        """The raster, which the branch holds no longer: it may be large."""
        assert self.raster is not None
        raster, self.raster = self.raster, None
        return raster


@frozen
class _Group:
    """Edits whose next step is the same.

    :ivar step: None where nothing is left but to encode.
    """

    step: Step | None
    edits: list["Edit"]

    def apply(self, raster: Raster) -> _Branch | None:
        """Do the step, once for all; None where it failed."""
        assert self.step is not None
        first, *_ = self.edits
        try:
            done = first.apply(self.step, raster)
        except Exception as error:
            for edit in self.edits:
                edit.fail(error)
            return None
        for edit in self.edits:
            edit.tries(edit.take, self.step, done)
        return _Branch(self.edits, done.raster)


def _grouped_by_next_step(edits: Sequence["Edit"], raster: Raster) -> list[_Group]:
    groups: list[_Group] = []
    for edit in edits:
        if not edit.tries(edit.look, raster):
            continue
        for group in groups:
            if group.step == edit.next_step and group.edits[0].works_as(edit):
                group.edits.append(edit)
                break
        else:
            groups.append(_Group(edit.next_step, [edit]))
    return groups
