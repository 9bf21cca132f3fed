"""What machines have, and what actors take of them."""

import math
from typing import Any

from attrs import field, frozen, validators


@frozen
class Machine:
    """What a machine of the cluster has, whether it is in use or not."""

    cpus: float
    gpus: float
    memory: float


def machines() -> list[Machine]:
    """The machines that are there now; none where this process knows no cluster."""
    import ray

    if not ray.is_initialized():
        return []
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    had = [node["Resources"] for node in nodes if node["Alive"]]
    return [Machine(each.get("CPU", 0), each.get("GPU", 0), each.get("memory", 0)) for each in had]


@frozen
class Resources:
    """What an actor takes of its machine.

    :ivar cpus: cores; may be a part of one.
    :ivar gpus: accelerators; may be a part of one.
    :ivar memory: bytes; 0 does not count them.
    """

    cpus: float = field(default=1.0, validator=validators.gt(0))
    gpus: float = field(default=0.0, validator=validators.ge(0))
    memory: int = field(default=0, validator=validators.ge(0))

    def fits(self, machine: Machine) -> int:
        """How many times a machine has this much."""
        wanted = (
            (machine.cpus, self.cpus),
            (machine.gpus, self.gpus),
            (machine.memory, self.memory),
        )
        return min(math.floor(had / taken) for had, taken in wanted if taken)

    def lacking(self, machines: list[Machine]) -> str:
        """What of this none of some machines has, as in ``gpus 1``; empty where one has it all."""
        if any(self.fits(each) for each in machines):
            return ""
        every = {"cpus": self.cpus, "gpus": self.gpus, "memory": self.memory}
        wanted = {name: taken for name, taken in every.items() if taken}
        never = [
            name
            for name, taken in wanted.items()
            if all(getattr(each, name) < taken for each in machines)
        ]
        # Each of them may be there, but not on one machine.
        named = never or list(wanted)
        return " and ".join(f"{name} {str(wanted[name]).removesuffix('.0')}" for name in named)
