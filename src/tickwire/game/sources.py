"""The text of a game's rules, parsed: what its methods set, and which names are used anywhere in its file."""

from __future__ import annotations

import ast
import dis
import linecache
import types
from collections.abc import Iterator
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
_MOST = 32  # files that are kept parsed

# Methods that change the list, dict, set or deque that they belong to.
_CHANGING = {
    *("append", "appendleft", "extend", "extendleft", "insert", "remove", "pop", "popleft", "clear", "sort", "reverse"),
    *("add", "discard", "update", "setdefault", "popitem", "subtract", "rotate", "intersection_update"),
    *("difference_update", "symmetric_difference_update"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One parsed file.

    Attributes:
        functions: by name and the line of the first decorator or of the `def`.
        names: every bare name that is read, and every text constant.
        attributes: every attribute that is used, behind the attribute of `self` that it belongs to:
            ("scores", "update") for `self.scores.update`, ("", "update") for `game.update` and all others.
    """

    functions: dict[tuple[str, int], Function] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)


_parsed: dict[str, tuple[list[str], Source | None]] = {}  # by file: its lines when it was parsed, and what came of it


def source_of(filename: str) -> Source | None:
    """The parsed file, or None where there is no text to parse. A file that has changed is not read again: `forget`."""
    lines = linecache.getlines(filename)
    parsed = _parsed.get(filename)
    if parsed is None or parsed[0] is not lines:
        try:
            parsed = lines, _parse("".join(lines)) if lines else None
        except (SyntaxError, ValueError, RecursionError):
            parsed = lines, None
        if len(_parsed) >= _MOST:
            _parsed.clear()
        _parsed[filename] = parsed
    return parsed[1]


def forget(filename: str) -> None:
    """Read a file again if it has changed."""
    linecache.checkcache(filename)


def _parse(text: str) -> Source:
    source = Source()
    names, attributes = source.names, source.attributes
    for node in ast.walk(ast.parse(text)):
        # By its type: a match would look at each of these cases for each of thousands of nodes.
        kind = type(node)
        if kind is ast.Name:
            if type(node.ctx) is ast.Load:  # type: ignore[attr-defined]
                names.add(node.id)  # type: ignore[attr-defined]
        elif kind is ast.Attribute:
            attributes.add((_owner(node.value), node.attr))  # type: ignore[attr-defined]
        elif kind is ast.Constant:
            if isinstance(node.value, str):  # type: ignore[attr-defined]
                names.add(node.value)  # type: ignore[attr-defined]
        elif isinstance(node, Function):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            source.functions[node.name, first] = node
    return source


def _owner(node: ast.expr) -> str:
    """`scores` of `self.scores`."""
    match node:
        case ast.Attribute(ast.Name("self"), owner):
            return owner
    return ""


def function_of(code: types.CodeType) -> Function | None:
    """The parsed text of a function."""
    source = source_of(code.co_filename)
    return source.functions.get((code.co_name, code.co_firstlineno)) if source else None


def names_used_by(code: types.CodeType) -> set[str]:
    """Every name and attribute that compiled code mentions: for functions whose text is not there."""
    inner = (names_used_by(c) for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*inner)


def attributes_set_by(code: types.CodeType) -> set[str]:
    """The attributes of `self` that compiled code sets plainly: for methods whose text is not there."""
    this = code.co_varnames[0] if code.co_argcount else ""
    found: set[str] = set()
    before: dis.Instruction | None = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "STORE_ATTR" and before is not None and before.opname.startswith("LOAD_FAST"):
            # From Python 3.13 on one instruction may load two variables; what is set is the last one's.
            owner = before.argval[-1] if isinstance(before.argval, tuple) else before.argval
            if owner == this:
                found.add(instruction.argval)
        before = instruction
    return found


def attributes_set(function: Function) -> Iterator[tuple[str, ast.expr | None]]:
    """The attributes of `self` that a method sets, with the value where it is a plain assignment."""
    this = _this(function)
    values: dict[int, ast.expr] = {}
    found: list[ast.Attribute] = []
    for node in ast.walk(function):
        kind = type(node)
        if kind is ast.Attribute:
            owner = node.value  # type: ignore[attr-defined]
            if type(node.ctx) is ast.Store and type(owner) is ast.Name and owner.id == this:  # type: ignore[attr-defined]
                found.append(node)  # type: ignore[arg-type]
        elif isinstance(node, ast.Assign):
            values.update((id(target), node.value) for target in node.targets)
        elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value is not None:
            values[id(node.target)] = node.value
    for attribute in found:
        yield attribute.attr, values.get(id(attribute))


def attributes_changed(function: Function, owners: set[str]) -> set[str]:
    """The attributes of `self`, or of a class in `owners`, whose content a method changes in place.

    An attribute that is set on a class is changed, too.
    """
    everywhere = {*owners, _this(function)}
    changed: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Subscript(value, _, ast.Store() | ast.Del()):
                changed.add(_owned(value, everywhere))
            case ast.Call(ast.Attribute(value, method)) if method in _CHANGING:
                changed.add(_owned(value, everywhere))
            case ast.Attribute(ast.Name(owner), attr, ast.Store() | ast.Del()) if owner in owners:
                changed.add(attr)
            case ast.AugAssign(ast.Attribute() as target):
                changed.add(_owned(target, everywhere))
    return changed - {""}


def _owned(node: ast.expr, owners: set[str]) -> str:
    """`scores` of `self.scores`, and of `self.scores[3][4]`; empty for anything else."""
    while isinstance(node, ast.Subscript):
        node = node.value
    match node:
        case ast.Attribute(ast.Name(owner), attr) if owner in owners:
            return attr
    return ""


def _this(function: Function) -> str:
    """What a method calls its first parameter."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    return parameters[0].arg if parameters else ""
