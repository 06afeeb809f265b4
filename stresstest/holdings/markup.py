"""XML and OFX as a tree of nodes with line numbers: no document types, no entities of its own, bounded depth."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from .source import Source

#: Deeper nesting is an attack on the stack, and more nodes one on memory.
MAX_DEPTH = 100
MAX_NODES = 3_000_000
_TOKEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.-]*)(?:\s[^<>]*)?(/?)>([^<]*)")


@dataclass
class Node:
    """An element. name: in capitals for OFX. line: where it begins."""

    name: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, *names: str) -> Iterator[Node]:
        """Every descendant with one of the names, in the order of the file."""
        stack = list(reversed(self.children))
        while stack:
            node = stack.pop()
            if node.name in names:
                yield node
            stack.extend(reversed(node.children))

    def get(self, path: str) -> str:
        """Text of the first descendant along a path such as "INVPOS/SECID/UNIQUEID"; "" where there is none."""
        nodes = [self]
        for name in path.split("/"):
            nodes = [child for node in nodes for child in node.children if child.name == name]
        return nodes[0].text if nodes else ""


def read_xml(source: Source) -> Node:
    """Parse an XML document. Raises InputError where it is not well formed, too deep, or declares a document type."""
    root = Node("", 0)
    stack = [root]
    count = 0
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > MAX_DEPTH or count > MAX_NODES:
            raise ValueError(f"more than {MAX_DEPTH} levels or {MAX_NODES:,} elements")
        node = Node(name.rpartition(":")[2], parser.CurrentLineNumber, attributes)
        stack[-1].children.append(node)
        stack.append(node)

    def doctype(*_: object) -> None:
        raise ValueError("a document type declaration")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(source.data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = parser.CurrentLineNumber
        raise source.refusal(str(error), "a well-formed XML statement", "Download the file again.", line) from error
    return root


def read_ofx(source: Source) -> Node:
    """Parse OFX or QFX: the SGML of version 1, where elements with text are not closed, and the XML of version 2.

    Raises InputError where a closing tag has no opening one.
    """
    root = Node("", 0)
    stack = [root]
    for line, closing, name, selfclosing, text in _tokens(_ofx_text(source)):
        if closing:
            names = [node.name for node in stack[1:]]
            if name in names:
                del stack[len(names) - names[::-1].index(name) :]
            continue
        node = Node(name, line, text=html.unescape(text.strip()))
        stack[-1].children.append(node)
        if not node.text and not selfclosing:
            stack.append(node)
        if len(stack) > MAX_DEPTH:
            raise source.refusal(f"more than {MAX_DEPTH} levels", "an OFX statement", "Download the file again.", line)
    return root


def _ofx_text(source: Source) -> str:
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return source.data.decode("cp1252", "replace")


def _tokens(text: str) -> Iterator[tuple[int, str, str, str, str]]:
    """Line, "/" for a closing tag, name, "/" for an empty element, and the text that follows the tag."""
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        yield line, match[1], match[2].upper(), match[3], match[4]
