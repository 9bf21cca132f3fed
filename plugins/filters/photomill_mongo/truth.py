"""Yes, no and unknown, for many at once."""

from collections.abc import Iterable

import numpy as np
from attrs import frozen

from photomill.plugin import Mask


@frozen(eq=False)
class Truth:
    """Kleene's three values.

    :ivar yes: bool (n,).
    :ivar unknown: bool (n,), nowhere where ``yes`` is; None if nothing is unknown.
    """

    yes: Mask
    unknown: Mask | None = None

    @classmethod
    def all(cls, truths: Iterable["Truth"], size: int) -> "Truth":
        """Yes where all are."""
        return cls.any((truth.negated() for truth in truths), size).negated()

    @classmethod
    def any(cls, truths: Iterable["Truth"], size: int) -> "Truth":
        """Yes where one is."""
        yes = np.zeros(size, np.bool_)
        unknown: Mask | None = None
        for truth in truths:
            yes |= truth.yes
            if truth.unknown is not None:
                unknown = truth.unknown.copy() if unknown is None else unknown | truth.unknown
        return cls(yes, None if unknown is None else unknown & ~yes)

    def negated(self) -> "Truth":
        """Yes for no, no for yes."""
        return Truth(
            ~self.yes if self.unknown is None else ~(self.yes | self.unknown), self.unknown
        )

    def within(self, mask: Mask) -> "Truth":
        """No outside a mask."""
        return Truth(self.yes & mask, None if self.unknown is None else self.unknown & mask)
