"""What is wrong with a document."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from photomill.errors import InvalidInput, Problem


class InvalidDocument(InvalidInput):
    """An edit cannot be read from JSON.

    :ivar problems: every fault there is; paths are dotted, ``operations.resizing.width``.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(dict.fromkeys(problems))
        first, *others = self.problems
        super().__init__("; ".join([first.message, *map(str, others)]), path=first.path)

    @classmethod
    def fault(cls, message: str, path: str = "") -> "InvalidDocument":
        """A document with a single fault."""
        return cls([Problem(path, message)])

    def below(self, name: object) -> list[Problem]:
        """The faults as seen from the object that holds this value under a name."""
        return [
            Problem(f"{name}.{problem.path}" if problem.path else str(name), problem.message)
            for problem in self.problems
        ]


class Faults:
    """Collects faults, so that all are told at once."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def add(self, message: str, path: object = "") -> None:
        self._problems.append(Problem(str(path), message))

    @contextmanager
    def below(self, name: object) -> Iterator[None]:
        """Collect what the block raises, under a name."""
        try:
            yield
        except InvalidDocument as error:
            self._problems.extend(error.below(name))

    def collect(self, error: InvalidDocument) -> None:
        self._problems.extend(error.problems)

    def check(self) -> None:
        """
        :raises InvalidDocument: something was collected.
        """
        if self._problems:
            raise self.error()

    def error(self) -> InvalidDocument:
        """What is raised for the faults collected, of which there must be one."""
        return InvalidDocument(self._problems)
