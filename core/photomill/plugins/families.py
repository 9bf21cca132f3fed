"""The families of components: their tables, their hooks, their base classes."""

from attrs import frozen

from photomill.components import (
    Component,
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

API_VERSION = 1
"""The version of the plugin interface that this engine speaks."""
OLDEST_API = 1
"""The oldest version that it still understands."""


@frozen
class Family:
    """A kind of part.

    :ivar name: its table in ``plugins.toml``.
    :ivar hook: the hook that offers its classes.
    :ivar base: what the classes derive from.
    """

    name: str
    hook: str
    base: type[Component]


FAMILIES = {
    family.name: family
    for family in (
        Family("decoders", "register_decoders", Decoder),
        Family("embedders", "register_embedders", Embedder),
        Family("indexes", "register_indexes", Index),
        Family("filters", "register_filters", FilterLanguage),
        Family("groupers", "register_groupers", Grouper),
        Family("editors", "register_edit_operations", EditOperation),
        Family("encoders", "register_encoders", Encoder),
        Family("storages", "register_storages", Storage),
        Family("executors", "register_executors", Executor),
        Family("readers", "register_text_readers", TextReader),
        Family("recognisers", "register_face_recognisers", FaceRecogniser),
    )
}
