"""Values of any shape (google.protobuf.Struct), as plain ones that a database and a template can take."""

import math
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value

# Protobuf reads 100 levels of messages, of which an object within an object takes three.
MOST_LEVELS = 8
_WHOLE = 2**53  # below it a double tells every whole number from its neighbours


def to_plain(structure: Struct) -> dict[str, Any]:
    """The same values; whole numbers, which a Struct has as doubles only, are `int`.

    Raises ValueError, which says what the values must be, for NUL, NaN and infinities, and for lists and objects that
    lie more than `MOST_LEVELS` deep in one another.
    """
    return _object(structure, MOST_LEVELS)


def _object(structure: Struct, levels: int) -> dict[str, Any]:
    return {_text(name): _value(value, levels) for name, value in structure.fields.items()}


def _value(value: Value, levels: int) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _object(value.struct_value, _one_less(levels))
        case "list_value":
            below = _one_less(levels)
            return [_value(each, below) for each in value.list_value.values]
        case "string_value":
            return _text(value.string_value)
        case "number_value":
            return _number(value.number_value)
        case "bool_value":
            return value.bool_value
    return None


def _one_less(levels: int) -> int:
    if not levels:
        raise ValueError(f"must have no more than {MOST_LEVELS} lists and objects within one another")
    return levels - 1


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError("must have no NUL characters")
    return text


def _number(number: float) -> int | float:
    if not math.isfinite(number):
        raise ValueError("must have no numbers but finite ones")
    return int(number) if number.is_integer() and abs(number) <= _WHOLE else number
