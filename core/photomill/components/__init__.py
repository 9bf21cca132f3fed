"""The families of exchangeable parts, one base class each."""

from photomill.components.base import Component, Health, NoOptions, OpenContext
from photomill.components.concepts import Concept, Posteriors, Vocabulary
from photomill.components.decoder import Decoder
from photomill.components.editor import EditContext, EditOperation, Stage
from photomill.components.embedder import Embedder, Vectors
from photomill.components.encoder import Encoder
from photomill.components.executor import Executor, Unit, Work
from photomill.components.filter import FilterLanguage, Json, Predicate
from photomill.components.grouper import Features, Grouper, GroupingInput, Labels
from photomill.components.index import Rows, VectorIndex
from photomill.components.model import Model, ModelFile, Package
from photomill.components.object_keys import check_key, check_prefix, listed
from photomill.components.recogniser import FaceRecogniser, RecognisedFace
from photomill.components.sentences import Sentences
from photomill.components.storage import ObjectInfo, Storage
from photomill.components.text_reader import TextLine, TextReader

__all__ = [
    "Component",
    "Concept",
    "Decoder",
    "EditContext",
    "EditOperation",
    "Embedder",
    "Encoder",
    "Executor",
    "FaceRecogniser",
    "Features",
    "FilterLanguage",
    "Grouper",
    "GroupingInput",
    "Health",
    "Json",
    "Labels",
    "Model",
    "ModelFile",
    "NoOptions",
    "ObjectInfo",
    "OpenContext",
    "Package",
    "Posteriors",
    "Predicate",
    "RecognisedFace",
    "Rows",
    "Sentences",
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
]
