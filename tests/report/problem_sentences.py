"""Every sentence of the code that says what is wrong with an input: what was found, what was expected, how to mend it.

The code is read, not run. A call that passes an argument to a parameter named found, expected or hint says something;
the argument is followed through names, choices, joins and functions of its file to the texts that it can be. What is
put in at run time stands as "{}".
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path

SAYING = ("found", "expected", "hint")
OPEN = "{}"
#: Steps that an argument is followed, and choices of its parts that are joined.
DEEPEST, MOST = 12, 24
#: Receivers whose methods share a name with ours and say nothing.
OTHERS = ("pages",)

Names = Mapping[str, list[ast.expr]]


@dataclass(frozen=True)
class Sentence:
    """part: of SAYING. text: with "{}" for what changes. place: file and line."""

    part: str
    text: str
    place: str


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    path: Path
    name: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def constants(self) -> Names:
        return assigned(self.tree.body)

    @cached_property
    def functions(self) -> Mapping[str, ast.FunctionDef]:
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}


def assigned(body: Iterable[ast.stmt]) -> dict[str, list[ast.expr]]:
    """Every expression that a name is set to."""
    found: dict[str, list[ast.expr]] = {}
    for node in itertools.chain.from_iterable(map(ast.walk, body)):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, node.value, found)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            bind(node.target, node.value, found)
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, (ast.Tuple, ast.List)):
            for value in node.iter.elts:
                bind(node.target, value, found)
    return found


def bind(target: ast.expr, value: ast.expr, found: dict[str, list[ast.expr]]) -> None:
    """Take down what a target is set to; of tuples part by part."""
    if isinstance(target, ast.Name):
        found.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
        bind(target, value.body, found)
        bind(target, value.orelse, found)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        for one, its in zip(target.elts, value.elts, strict=True):
            bind(one, its, found)


def own(owner: ast.AST) -> Iterator[ast.AST]:
    """Nodes of a function or file without those of functions inside."""
    for child in ast.iter_child_nodes(owner):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from own(child)


class Package:
    """All files of a package."""

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.rglob("*.py"))
        names = (".".join(path.relative_to(folder.parent).with_suffix("").parts) for path in paths)
        self.modules = {name: Module(path, name) for name, path in zip(names, paths, strict=True)}
        self.sinks: dict[str, list[list[str]]] = {}
        for node in itertools.chain.from_iterable(ast.walk(module.tree) for module in self.modules.values()):
            names_of = parameters(node)
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and set(SAYING[1:]) & set(names_of):
                self.sinks.setdefault(node.name, []).append(names_of)

    def sentences(self) -> Iterator[Sentence]:
        """Everything that is said, as often as it is said."""
        for module in self.modules.values():
            functions = (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef))
            for owner in (module.tree, *functions):
                local = {} if owner is module.tree else assigned(owner.body)
                for call in (node for node in own(owner) if isinstance(node, ast.Call)):
                    for part, value in self.said(call):
                        for text in self.texts(value, module, local, 0):
                            yield Sentence(part, text, f"{module.path.name}:{call.lineno}")

    def said(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """Arguments of a call that say something; what is behind a star may be any part."""
        for names in self.sinks.get(called(call), ()):
            plain = itertools.takewhile(lambda argument: not isinstance(argument, ast.Starred), call.args)
            given = [*zip(names, plain, strict=False), *((word.arg, word.value) for word in call.keywords)]
            starred = [argument.value for argument in call.args if isinstance(argument, ast.Starred)]
            given += itertools.product(SAYING, starred)
            if starred and not isinstance(call.args[-1], ast.Starred):
                given.append((SAYING[-1], call.args[-1]))
            yield from ((name, value) for name, value in given if name in SAYING)

    def texts(self, node: ast.expr, module: Module, local: Names, depth: int) -> set[str]:
        """Every text that an expression can be."""

        def again(part: ast.expr) -> set[str]:
            return self.texts(part, module, local, depth + 1)

        if depth > DEEPEST:
            return {OPEN}
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=values):
                return joined([again(value) for value in values])
            case ast.FormattedValue(value=value, format_spec=None, conversion=-1):
                return again(value)
            case ast.IfExp(body=body, orelse=orelse):
                return again(body) | again(orelse)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values) | ast.Dict(values=values):
                return set().union(*map(again, values))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return joined([again(left), again(right)])
            case ast.Call(func=ast.Attribute(value=value, attr="strip" | "capitalize")):
                return again(value)
            case ast.Call(func=ast.Name(id=name)) if name in module.functions:
                return self.returned(module.functions[name], module, depth)
            case ast.Subscript(value=ast.Name(id=name)) if name in module.constants:
                return self.named(name, module, local, depth)
            case ast.Name(id=name):
                return self.named(name, module, local, depth)
        return {OPEN}

    def named(self, name: str, module: Module, local: Names, depth: int) -> set[str]:
        """What a name stands for, here or in the file that it is imported from."""
        if name in local:
            others = {other: values for other, values in local.items() if other != name}
            return set().union(*(self.texts(value, module, others, depth + 1) for value in local[name]))
        for home in (module, self.home(name, module)):
            if home is not None and name in home.constants:
                return set().union(*(self.texts(value, home, {}, depth + 2) for value in home.constants[name]))
        return {OPEN}

    def home(self, name: str, module: Module) -> Module | None:
        """The file that a name is imported from."""
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
                folder = module.name.split(".")[: -node.level] if node.level else []
                return self.modules.get(".".join([*folder, node.module or "__init__"]))
        return None

    def returned(self, function: ast.FunctionDef, module: Module, depth: int) -> set[str]:
        """What a function of the same file returns or yields."""
        local = assigned(function.body)
        values = [node.value for node in own(function) if isinstance(node, (ast.Return, ast.Yield)) and node.value]
        return set().union(*(self.texts(value, module, local, depth + 3) for value in values)) or {OPEN}


def parameters(node: ast.AST) -> list[str]:
    """Names of the parameters of a function, or of the fields of a class."""
    if isinstance(node, ast.FunctionDef):
        given = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        return [name for name in given if name not in ("self", "cls")]
    if isinstance(node, ast.ClassDef):
        fields = (line.target for line in node.body if isinstance(line, ast.AnnAssign))
        return [field.id for field in fields if isinstance(field, ast.Name)]
    return []


def called(call: ast.Call) -> str:
    """The name of what is called; "" where it is no function of ours."""
    match call.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=receiver)) if receiver in OTHERS:
            return ""
        case ast.Attribute(attr=name):
            return name
    return ""


def joined(parts: list[set[str]]) -> set[str]:
    """Every join of one text of each part; where that is too many, parts with a choice stand open."""
    if prod(map(len, parts)) > MOST:
        parts = [part if len(part) == 1 else {OPEN} for part in parts]
    return {"".join(choice) for choice in itertools.product(*map(sorted, parts))}
