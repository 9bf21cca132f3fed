"""Networks as ONNX models, written and read without the onnx library.

ONNX is a protobuf format. The messages that are needed are declared here with the numbers of ``onnx.proto3``; what else a
file holds is passed over.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Shape = Sequence[int | None]

OPSET: Final = 17
IR_VERSION: Final = 8

_PACKAGE = "photomill.onnx"
_FLOAT, _INT64 = 1, 7
_TYPES = {np.dtype(np.float32): _FLOAT, np.dtype(np.int64): _INT64}
_EXTERNAL = 1
_ATTRIBUTE_FLOAT, _ATTRIBUTE_INT, _ATTRIBUTE_STRING, _ATTRIBUTE_INTS = 1, 2, 3, 7

# Message: field: number and type; a star marks a repeated field.
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Model": {
        "ir_version": (1, "int64"),
        "graph": (7, "Graph"),
        "opset_import": (8, "OperatorSet*"),
    },
    "OperatorSet": {"domain": (1, "string"), "version": (2, "int64")},
    "Graph": {
        "node": (1, "Node*"),
        "name": (2, "string"),
        "initializer": (5, "Tensor*"),
        "input": (11, "ValueInfo*"),
        "output": (12, "ValueInfo*"),
    },
    "Node": {
        "input": (1, "string*"),
        "output": (2, "string*"),
        "name": (3, "string"),
        "op_type": (4, "string"),
        "attribute": (5, "Attribute*"),
    },
    "Attribute": {
        "name": (1, "string"),
        "f": (2, "float"),
        "i": (3, "int64"),
        "s": (4, "bytes"),
        "ints": (8, "int64*"),
        "type": (20, "int32"),
    },
    "Tensor": {
        "dims": (1, "int64*"),
        "data_type": (2, "int32"),
        "name": (8, "string"),
        "raw_data": (9, "bytes"),
        "external_data": (13, "Entry*"),
        "data_location": (14, "int32"),
    },
    "Entry": {"key": (1, "string"), "value": (2, "string")},
    "ValueInfo": {"name": (1, "string"), "type": (2, "Type")},
    "Type": {"tensor_type": (1, "TensorType")},
    "TensorType": {"elem_type": (1, "int32"), "shape": (2, "TensorShape")},
    "TensorShape": {"dim": (1, "Dimension*")},
    "Dimension": {"dim_value": (1, "int64")},
}


class GraphBuilder:
    """A network while it grows: nodes, and the constants that they use."""

    def __init__(self) -> None:
        self._graph = _message("Graph")

    def add(
        self, operation: str, inputs: Sequence[str], *, output: str = "", **attributes: Any
    ) -> str:
        """Add a node.

        :param output: what its result is called; empty makes a name.
        :param attributes: whole numbers, lists of them, floats and strings.
        :returns: the name of its result.
        """
        output = output or f"{operation.lower()}_{len(self._graph.node)}"
        node = self._graph.node.add(op_type=operation, input=inputs, output=[output])
        for name, value in attributes.items():
            node.attribute.add(name=name, **_attribute(value))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Add a constant, float32 or int64, of any shape; gives its name."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        self._graph.initializer.add(
            name=name, dims=array.shape, data_type=_TYPES[array.dtype], raw_data=array.tobytes()
        )
        return name

    def model(self, name: str, inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> bytes:
        """Serialise the network.

        :param inputs: shapes of float32 tensors by their names; None where a side may be any.
        :param outputs: likewise.
        """
        self._graph.name = name
        for described, shapes in ((self._graph.input, inputs), (self._graph.output, outputs)):
            for tensor, shape in shapes.items():
                of_type = described.add(name=tensor).type.tensor_type
                of_type.elem_type = _FLOAT
                for side in shape:
                    of_type.shape.dim.add(**({} if side is None else {"dim_value": side}))
        model = _message("Model", ir_version=IR_VERSION, graph=self._graph)
        model.opset_import.add(version=OPSET)
        serialised: bytes = model.SerializeToString(deterministic=True)
        return serialised


def external_files(model: bytes) -> list[str]:
    """The files beside a model that hold weights of it: paths relative to its folder, sorted.

    :raises ValueError: it is no ONNX model.
    """
    parsed = _message("Model")
    try:
        parsed.ParseFromString(model)
    except Exception as error:
        raise ValueError(f"not an ONNX model: {error}") from error
    return sorted(
        {
            entry.value
            for tensor in parsed.graph.initializer
            if tensor.data_location == _EXTERNAL
            for entry in tensor.external_data
            if entry.key == "location"
        }
    )


def _attribute(value: Any) -> dict[str, Any]:
    match value:
        case int():
            return {"i": value, "type": _ATTRIBUTE_INT}
        case float():
            return {"f": value, "type": _ATTRIBUTE_FLOAT}
        case str():
            return {"s": value.encode(), "type": _ATTRIBUTE_STRING}
        case _:
            return {"ints": value, "type": _ATTRIBUTE_INTS}


def _message(name: str, **values: Any) -> Any:
    return _classes()[name](**values)


@cache
def _classes() -> dict[str, Any]:
    # Imported here because plugins are imported to be listed.
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(
        name="photomill_onnx.proto", package=_PACKAGE, syntax="proto2"
    )
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            field = message.field.add(name=field_name, number=number)
            single = kind.removesuffix("*")
            field.label = field.LABEL_REPEATED if kind != single else field.LABEL_OPTIONAL
            if single in _MESSAGES:
                field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{single}"
            else:
                field.type = getattr(field, f"TYPE_{single.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in _MESSAGES
    }
