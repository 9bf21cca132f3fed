"""The hooks that a plugin may implement.

A plugin is a module, named by an entry point in the group ``photomill``::

    [project.entry-points.photomill]
    sepia = "photomill_sepia"

It holds functions marked ``@photomill.plugin.hookimpl`` that return *classes*, and does nothing else when imported::

    @hookimpl
    def register_edit_operations() -> list[type[EditOperation]]:
        return [Sepia]

Only what ``plugins.toml`` names is imported. The observing hooks take the arguments they name, all or fewer; what
they raise is logged and harms nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from photomill.components import (
        Decoder,
        EditOperation,
        Embedder,
        Encoder,
        Executor,
        FaceRecogniser,
        FilterLanguage,
        Grouper,
        Index,
        Storage,
        TextReader,
    )
    from photomill.components.model import Model

hookspec = pluggy.HookspecMarker("photomill")
hookimpl = pluggy.HookimplMarker("photomill")

# ---------------------------------------------------------------- registration: called once, when the engine starts


@hookspec
def register_decoders() -> list[type[Decoder]]:  # type: ignore[empty-body]
    """Offer decoders: bytes → pixels, inside limits, in the sandbox."""


@hookspec
def register_embedders() -> list[type[Embedder]]:  # type: ignore[empty-body]
    """Offer embedders: images (and text, if they can) → float32 unit vectors of shape (n, dimension)."""


@hookspec
def register_indexes() -> list[type[Index]]:  # type: ignore[empty-body]
    """Offer indexes: candidates for neighbours among rows in memory, or holders of vectors outside of it."""


@hookspec
def register_filters() -> list[type[FilterLanguage]]:  # type: ignore[empty-body]
    """Offer filter languages: a JSON expression → a predicate, exact for each record and fast over columns."""


@hookspec
def register_groupers() -> list[type[Grouper]]:  # type: ignore[empty-body]
    """Offer groupers: vectors (and times) → labels that respect the sizes asked for, deterministically."""


@hookspec
def register_edit_operations() -> list[type[EditOperation]]:  # type: ignore[empty-body]
    """Offer edit operations, each with its stage in the pipeline and its rank among its equals."""


@hookspec
def register_encoders() -> list[type[Encoder]]:  # type: ignore[empty-body]
    """Offer encoders: pixels → the bytes of a file."""


@hookspec
def register_storages() -> list[type[Storage]]:  # type: ignore[empty-body]
    """Offer storage connectors: list, open, put (atomically), delete, stat; never outside their root."""


@hookspec
def register_executors() -> list[type[Executor]]:  # type: ignore[empty-body]
    """Offer executors: where units of work run."""


@hookspec
def register_text_readers() -> list[type[TextReader]]:  # type: ignore[empty-body]
    """Offer text readers: images → lines of text, in the order in which people read them."""


@hookspec
def register_face_recognisers() -> list[type[FaceRecogniser]]:  # type: ignore[empty-body]
    """Offer recognisers: an image → its faces, each with a vector that is near to others of the same person."""


@hookspec
def register_models() -> list[Model]:  # type: ignore[empty-body]
    """Describe models: weights that the plugin's components can use and that ``photomill models add`` brings."""


# ---------------------------------------------------------------- observation: called while the engine works


@hookspec
def record_inserted(collection_id: str, record_id: str) -> None:
    """A record was inserted and is durable.

    :param collection_id: the collection's id.
    :param record_id: the record's ``_id``.
    """


@hookspec
def job_finished(job_id: str, kind: str, state: str) -> None:
    """A job reached its last state.

    :param job_id: the job's id.
    :param kind: what kind of job it is.
    :param state: ``done``, ``failed`` or ``cancelled``.
    """


@hookspec
def image_edited(operations: list[str], seconds: float) -> None:
    """An image went through an editing pipeline.

    :param operations: the operations that ran, in their order.
    :param seconds: how long it took.
    """
