"""The kind of job: one item for each image, and at the end the groups."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict, evolve

from photomill.collections.collections import Collections
from photomill.config.settings import GroupingSettings, SearchSettings
from photomill.errors import PhotomillError
from photomill.grouping.clock import notes_on_times
from photomill.grouping.collected import CollectedInputs, collect_items, collect_records
from photomill.grouping.features import FeatureExtraction
from photomill.grouping.inputs import CollectionInput, list_items, named, source_of
from photomill.grouping.plan import GroupingMode, GroupingPlan
from photomill.grouping.split import Split, split
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem
from photomill.plugins import Components
from photomill.storages import Storages

GROUP_IMAGE = "group_image"
_DAY = 86_400.0


class NothingToGroup(PhotomillError):
    """None of the images can be grouped."""


class GroupImages(JobKind):
    """Looks at images one by one, and splits them into groups."""

    kind = GROUP_IMAGE
    max_attempts = 2
    keep_seconds = _DAY

    def __init__(
        self,
        settings: GroupingSettings,
        search: SearchSettings,
        components: Components,
        storages: Storages,
        collections: Collections,
        features: FeatureExtraction,
        items: Callable[..., Iterator[JobItem]],
    ) -> None:
        """
        :param items: lists the items of a job: ``Jobs.items``.
        """
        self._settings = settings
        self._search = search
        self._components = components
        self._storages = storages
        self._collections = collections
        self._features = features
        self._items = items

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        inputs = GroupingPlan.of(job.plan).inputs
        storages = self._storages.namespace(job.owner)
        return list_items(inputs, storages, after, self._settings.max_inputs)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        plan = GroupingPlan.of(job.plan)
        last = item.attempts >= self.max_attempts
        source = source_of(plan.inputs, item)
        return self._features.extract(source, plan.rules, owner=job.owner, last=last)

    def finish(self, job: Job) -> Mapping[str, Any]:
        plan = GroupingPlan.of(job.plan)
        collected = self._collected(job, plan)
        if collected.images is None:
            first = f": {collected.skipped[0].detail}" if collected.skipped else ""
            raise NothingToGroup(f"none of {len(collected.names)} images can be grouped{first}")
        constraints = evolve(plan.constraints, burst_radius=self._burst_radius(plan))
        grouper = self._components.grouper(self._instance(plan.mode))
        notes = [
            *collected.notes,
            *(notes_on_times(collected.images) if grouper.uses_times else []),
        ]
        return _result(collected, split(collected.images, constraints, grouper), notes)

    def _collected(self, job: Job, plan: GroupingPlan) -> CollectedInputs:
        if isinstance(plan.inputs, CollectionInput):
            limit = self._settings.max_inputs
            return collect_records(plan.inputs, self._collections, limit)
        return collect_items(self._items(job.number), named(plan.inputs))

    def _burst_radius(self, plan: GroupingPlan) -> float:
        if not plan.moves_bursts:
            return 0.0
        if isinstance(plan.inputs, CollectionInput):
            collection = self._collections.open(plan.inputs.collection)
            return collection.near_radius / collection.distance_scale
        return self._features.embedders.radius(self._search.near_radius)

    def _instance(self, mode: GroupingMode) -> str:
        wanted = self._settings
        return {
            "visual": wanted.visual,
            "time": wanted.time,
            "time+visual": wanted.time_visual,
            "sequence": wanted.sequence,
        }[mode]


def _result(collected: CollectedInputs, found: Split, notes: Sequence[str]) -> dict[str, Any]:
    positions, sizes = collected.positions, found.sizes
    return {
        "groups": [[positions[member] for member in group] for group in found.groups],
        "covers": [positions[cover] for cover in found.covers],
        "bursts": [[positions[member] for member in burst] for burst in found.bursts],
        "names": list(collected.names),
        "sizes": {"groups": sizes.groups, "smallest": sizes.smallest, "largest": sizes.largest},
        "adjusted": list(sizes.adjusted),
        "skipped": [asdict(each) for each in collected.skipped],
        "considered": len(positions),
        "given": len(collected.names),
        "notes": list(notes),
    }
