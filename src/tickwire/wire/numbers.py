"""Numbers as clients send them: integral floats are integers, and what is not finite is no number.

JSON has one kind of number, and some languages (Lua, GDScript's JSON) write each with a point: `5.0`. MessagePack can
carry NaN and infinities, which no game expects and no field holds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import inspect

# The largest float of 32 bits: a game may well put what it was sent into an `f32`, where more would be infinite.
F32_MAX = 3.4028234663852886e38
_MOST_INTEGRAL = 2.0**53  # past this a float stands for more than one integer


def whole(value: Any) -> Any:
    """What was decoded, with integers in place of all integral floats; for who wants a float an integer is one too."""
    kind = type(value)
    if kind is float:
        return int(value) if value.is_integer() and abs(value) <= _MOST_INTEGRAL else value
    if kind is dict:
        return {whole(key): whole(each) for key, each in value.items()}
    if kind is list or kind is tuple:
        return kind([whole(each) for each in value])
    return value


def finite_check(inputs: Any) -> Callable[[Any], None] | None:
    """Looks for numbers in an input that are infinite, or would be in 32 bits, and raises msgspec.ValidationError.

    None for inputs whose own limits keep all their floats finite, or that have none.

    Args:
        inputs: an input class, or a union of some.
    """
    info = inspect.type_info(inputs)
    classes = [each for each in getattr(info, "types", (info,)) if isinstance(each, inspect.StructType)]
    fields = {each.cls: tuple(f.name for f in each.fields if _may_be_infinite(f.type, set())) for each in classes}
    if not any(fields.values()):
        return None

    def check(input: Any) -> None:
        for name in fields[type(input)]:
            value = getattr(input, name)
            if not (type(value) is float and -F32_MAX <= value <= F32_MAX):
                check_finite(value, f"`$.input.{name}")

    return check


def check_finite(value: Any, path: str) -> None:
    """Look for numbers that are infinite, or would be in 32 bits.

    Raises:
        msgspec.ValidationError: there is one.
    """
    kind = type(value)
    if kind is float:
        if not -F32_MAX <= value <= F32_MAX:
            raise msgspec.ValidationError(f"Expected a finite number of 32 bits, got `{value}` - at {path}`")
    elif kind is str or kind is int or kind is bool or value is None:
        return
    elif isinstance(value, Decimal):
        if not (value.is_finite() and abs(value) <= F32_MAX):
            raise msgspec.ValidationError(f"Expected a finite number of 32 bits, got `{value}` - at {path}`")
    elif isinstance(value, msgspec.Struct):
        for name in kind.__struct_fields__:
            check_finite(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, each in value.items():
            check_finite(key, f"{path}[...]")
            check_finite(each, f"{path}[...]")
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            check_finite(each, f"{path}[...]")
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            check_finite(getattr(value, field.name, None), f"{path}.{field.name}")
    elif hasattr(kind, "__attrs_attrs__"):
        for field in kind.__attrs_attrs__:
            check_finite(getattr(value, field.name, None), f"{path}.{field.name}")


def _may_be_infinite(info: inspect.Type, seen: set[Any]) -> bool:
    match info:
        case inspect.FloatType():  # NaN keeps no limit
            low = info.ge if info.ge is not None else info.gt
            high = info.le if info.le is not None else info.lt
            return low is None or high is None or low < -F32_MAX or high > F32_MAX
        case inspect.AnyType() | inspect.DecimalType() | inspect.CustomType():
            return True
        case inspect.UnionType(types) | inspect.TupleType(types):
            return any(_may_be_infinite(each, seen) for each in types)
        case inspect.CollectionType(item):
            return _may_be_infinite(item, seen)
        case inspect.DictType(key, value):
            return _may_be_infinite(key, seen) or _may_be_infinite(value, seen)
        case inspect.Metadata(type):
            return _may_be_infinite(type, seen)
        case (
            inspect.StructType(cls, fields)
            | inspect.DataclassType(cls, fields)
            | inspect.NamedTupleType(cls, fields)
            | inspect.TypedDictType(cls, fields)
        ):
            if cls in seen:
                return False
            seen.add(cls)
            return any(_may_be_infinite(field.type, seen) for field in fields)
    return False
