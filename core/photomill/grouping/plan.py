"""What a job is to group, and how."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from attrs import asdict, field, frozen

from photomill.errors import InvalidInput
from photomill.grouping.image_rules import ImageRules
from photomill.grouping.inputs import GroupingInputs, from_json, to_json
from photomill.grouping.split import GroupingConstraints

GroupingMode = Literal["visual", "time", "time+visual", "sequence"]
"""``visual``: by similarity. ``time``: by gaps in time alone, ``sequence``: by both, each group without gaps in the order
taken. ``time+visual``: by both, where a group may come back to an earlier subject."""

GROUPING_MODES: tuple[GroupingMode, ...] = get_args(GroupingMode)
_IN_ORDER: tuple[GroupingMode, ...] = ("time", "sequence")


@frozen
class GroupingPlan:
    """The plan of a job, as JSON and as what it means.

    :ivar keep_bursts: near-duplicates stay in one group where the sizes allow.
    :ivar remember: what the one who submitted it wants to find with the job.
    """

    inputs: GroupingInputs
    constraints: GroupingConstraints
    mode: GroupingMode
    rules: ImageRules
    keep_bursts: bool = True
    remember: Mapping[str, Any] = field(factory=dict)

    @classmethod
    def of(cls, plan: Mapping[str, Any]) -> "GroupingPlan":
        """Read the plan of a job."""
        rules = plan["rules"]
        return cls(
            inputs=from_json(plan["inputs"]),
            constraints=GroupingConstraints(**plan["wishes"]),
            mode=plan["mode"],
            rules=ImageRules(**{**rules, "formats": tuple(rules["formats"])}),
            keep_bursts=plan["keep_bursts"],
            remember=plan["remember"],
        )

    def json(self) -> dict[str, Any]:
        """The plan of a job."""
        return {
            "inputs": to_json(self.inputs),
            "wishes": asdict(self.constraints),
            "mode": self.mode,
            "rules": asdict(self.rules),
            "keep_bursts": self.keep_bursts,
            "remember": dict(self.remember),
        }

    @property
    def moves_bursts(self) -> bool:
        """Whether images change groups so that bursts stay whole; groups in the order taken have no gaps."""
        return self.keep_bursts and self.mode not in _IN_ORDER


def check_mode(mode: str) -> None:
    """Make sure that there is such a mode.

    :raises InvalidInput: no such mode.
    """
    if mode not in GROUPING_MODES:
        raise InvalidInput(
            f"expected one of {', '.join(GROUPING_MODES)}, got {mode!r}", path="mode"
        )
