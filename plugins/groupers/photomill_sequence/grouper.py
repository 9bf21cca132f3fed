"""The grouper."""

import numpy as np
from attrs import field, frozen, validators

from photomill.plugin import (
    Features,
    Grouper,
    GroupingInput,
    Labels,
    filled_times,
    has_times,
    split_events,
    timed_features,
)
from photomill_sequence.partition import best_cuts


@frozen
class SequenceOptions:
    """
    :ivar time_weight: how much gaps in time count beside similarity, 0 to 1; 1 looks at the clock alone.
    :ivar scale: seconds of a gap that counts half of the largest.
    """

    time_weight: float = field(default=0.5, validator=[validators.ge(0), validators.le(1)])
    scale: float = field(default=3600.0, validator=validators.gt(0))


class Sequence(Grouper):
    """Puts images in the order they were taken and cuts it where it costs least: an exact optimum.

    Where no image tells its time, the order given is the order taken; one that does not among others that do stays
    beside the one before it.
    """

    name = "sequence"
    Options = SequenceOptions

    @property
    def uses_times(self) -> bool:
        return True

    def features(self, images: GroupingInput) -> Features:
        options = self.options
        ordered, order = timed_features(images, options.time_weight, options.scale)
        features = np.empty_like(ordered)
        features[order] = ordered
        return features

    def natural_groups(self, images: GroupingInput) -> Labels | None:
        """Events, where the clock alone counts and there is one."""
        if self.options.time_weight < 1 or not has_times(images):
            return None
        times = filled_times(images)
        order = np.argsort(times, kind="stable")
        labels = np.empty(len(order), np.int64)
        labels[order] = split_events(times[order])
        return labels

    def _group(self, images: GroupingInput, groups: int, smallest: int, largest: int) -> Labels:
        options = self.options
        features, order = timed_features(images, options.time_weight, options.scale)
        cuts = best_cuts(features, groups, smallest, largest)
        labels = np.empty(len(order), np.int64)
        labels[order] = np.repeat(np.arange(groups), np.diff(cuts))
        return labels
