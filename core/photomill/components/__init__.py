"""The families of exchangeable parts, one base class each."""

from photomill.components.base import Component, Health, NoOptions, OpenContext
from photomill.components.concepts import Concept, Posteriors, Vocabulary
from photomill.components.conditions import (
    EVERYTHING,
    AllOf,
    AnyOf,
    Comparison,
    Conditions,
    Exists,
    Narrowed,
    NotOf,
    Opaque,
    Relation,
    narrowed,
)
from photomill.components.decoder import Decoder
from photomill.components.editor import EditContext, EditOperation, Stage
from photomill.components.embedder import Embedder, Vectors
from photomill.components.encoder import Encoder
from photomill.components.executor import Executor, Unit, Work, portable_error
from photomill.components.external import (
    Changes,
    ExternalIndex,
    ExternalReader,
    Found,
    IndexedRecord,
    Serials,
)
from photomill.components.filter import FilterLanguage, Json, Predicate
from photomill.components.grouper import Features, Grouper, GroupingInput, Labels
from photomill.components.index import Bounded, Estimated, Index, Rows, VectorIndex
from photomill.components.model import Model, ModelFile, Package
from photomill.components.object_keys import check_key, check_prefix, listed
from photomill.components.recogniser import FaceRecogniser, RecognisedFace
from photomill.components.sentences import Sentences
from photomill.components.storage import ObjectInfo, Storage
from photomill.components.text_reader import TextLine, TextReader

__all__ = [
    "EVERYTHING",
    "AllOf",
    "AnyOf",
    "Bounded",
    "Changes",
    "Comparison",
    "Component",
    "Concept",
    "Conditions",
    "Decoder",
    "EditContext",
    "EditOperation",
    "Embedder",
    "Encoder",
    "Estimated",
    "Executor",
    "Exists",
    "ExternalIndex",
    "ExternalReader",
    "FaceRecogniser",
    "Features",
    "FilterLanguage",
    "Found",
    "Grouper",
    "GroupingInput",
    "Health",
    "Index",
    "IndexedRecord",
    "Json",
    "Labels",
    "Model",
    "ModelFile",
    "Narrowed",
    "NoOptions",
    "NotOf",
    "ObjectInfo",
    "Opaque",
    "OpenContext",
    "Package",
    "Posteriors",
    "Predicate",
    "RecognisedFace",
    "Relation",
    "Rows",
    "Sentences",
    "Serials",
    "Stage",
    "Storage",
    "TextLine",
    "TextReader",
    "Unit",
    "VectorIndex",
    "Vectors",
    "Vocabulary",
    "Work",
    "check_key",
    "check_prefix",
    "listed",
    "narrowed",
    "portable_error",
]
