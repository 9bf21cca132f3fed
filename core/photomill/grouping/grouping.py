"""Grouping images: the facade."""

from collections.abc import Iterator, Mapping
from typing import Any

from photomill.collections.collections import Collections
from photomill.config.settings import Settings
from photomill.decoding.decoder import ImageDecoder
from photomill.errors import CapacityExceeded, Conflict, InvalidInput, PhotomillError, Unsupported
from photomill.grouping.features import FeatureExtraction
from photomill.grouping.image_rules import ImageRules, SkippedInput, skipped_input
from photomill.grouping.inputs import CollectionInput, GroupingInputs, StorageInput, named
from photomill.grouping.job import GROUP_IMAGE, GroupImages
from photomill.grouping.plan import GroupingMode, GroupingPlan, check_mode
from photomill.grouping.result import GroupingResult
from photomill.grouping.sizes import check_counts
from photomill.grouping.split import GroupingConstraints
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import Callback, ItemState, Job, JobState
from photomill.plugins import Components
from photomill.sources.credentials import refuse_credentials
from photomill.sources.reader import SourceReader
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Storages


class Grouping:
    """Splits images into groups by similarity, as jobs. Thread-safe."""

    def __init__(
        self,
        settings: Settings,
        components: Components,
        reader: SourceReader,
        decoder: ImageDecoder,
        storages: Storages,
        collections: Collections,
        jobs: Jobs,
    ) -> None:
        self._settings = settings.grouping
        self._storages = storages
        self._collections = collections
        self._jobs = jobs
        jobs.register(
            GroupImages(
                settings.grouping,
                settings.search,
                components,
                storages,
                collections,
                FeatureExtraction(settings, components, reader, decoder),
                jobs.items,
            )
        )

    def submit(
        self,
        inputs: GroupingInputs,
        constraints: GroupingConstraints | None = None,
        *,
        mode: GroupingMode = "visual",
        rules: ImageRules | None = None,
        keep_bursts: bool = True,
        owner: str = "",
        idempotency_key: str = "",
        callback: Callback | None = None,
        remember: Mapping[str, Any] | None = None,
    ) -> Job:
        """Begin to group images; the job is on disk when this returns.

        The same bytes and parameters always give the same groups.

        :param constraints: what groups are wanted; without a number the images decide.
        :param keep_bursts: keep near-duplicates together where the sizes allow.
        :param remember: JSON to find in the job's plan.
        :raises InvalidInput: constraints that contradict each other or the number of images, or too many images.
        :raises NotFound: no such storage or collection.
        :raises Unsupported: a storage that cannot be listed.
        :raises CapacityExceeded: too many jobs wait already.
        :raises Conflict: the idempotency key was used for something else.
        """
        check_mode(mode)
        wanted = constraints or GroupingConstraints()
        self._check(inputs, wanted, owner)
        if self._jobs.unfinished(GROUP_IMAGE) >= self._settings.max_waiting:
            raise CapacityExceeded(f"{self._settings.max_waiting} jobs wait to be done already")
        plan = GroupingPlan(
            inputs, wanted, mode, rules or ImageRules(), keep_bursts, remember or {}
        )
        return self._jobs.submit(
            GROUP_IMAGE,
            plan.json(),
            owner=owner,
            idempotency_key=idempotency_key,
            callback=callback,
        )

    def result(self, job: Job) -> GroupingResult:
        """What a job found.

        :raises Conflict: it has not ended.
        :raises PhotomillError: it failed, or was cancelled.
        """
        if not job.state.ended:
            raise Conflict(f"job {job.number} has not ended")
        if job.state is not JobState.DONE or job.result is None:
            raise PhotomillError(job.error or f"job {job.number} was cancelled")
        return GroupingResult.of(job.result)

    def skipped(self, job: Job) -> Iterator[SkippedInput]:
        """The images that a job leaves out, as far as it has come; each once."""
        for item in self._jobs.items(job.number):
            if item.state in (ItemState.SKIPPED, ItemState.FAILED):
                yield skipped_input(item.name, item.error, item.error_detail)

    def _check(self, inputs: GroupingInputs, constraints: GroupingConstraints, owner: str) -> None:
        names = named(inputs)
        if names is not None:
            for name in names:
                refuse_credentials(name, "input")
            self._check_names(len(names), constraints)
        elif isinstance(inputs, StorageInput):
            name, _ = parse_storage_uri(inputs.uri)
            if not self._storages.namespace(owner).storage(name).can_list:
                raise Unsupported(f"the storage {name!r} cannot be listed")
        elif isinstance(inputs, CollectionInput):
            # Tells at once what is wrong with the filter.
            self._collections.open(inputs.collection).count(inputs.filter)
            if inputs.ids is not None:
                self._check_names(len(set(inputs.ids)), constraints)

    def _check_names(self, count: int, constraints: GroupingConstraints) -> None:
        if not 1 <= count <= self._settings.max_inputs:
            raise InvalidInput(
                f"expected 1 to {self._settings.max_inputs} images, got {count}", path="inputs"
            )
        smallest = constraints.smallest if constraints.smallest != 1 else None
        if constraints.groups is not None:
            check_counts(count, constraints.groups, smallest, constraints.largest)
