"""Reading a page back: its text, its attributes, its tables."""

from __future__ import annotations

from html.parser import HTMLParser


class Reader(HTMLParser):
    """texts: every visible text node; attributes: (tag, name, value); figures: text of the cells that hold numbers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.figures: list[str] = []
        self._open: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside, style = self._open[-1] if self._open else ("", "")
        if inside == "style" or not data.strip():
            return
        self.texts.append(data.strip())
        if inside == "td" and style.split(" ")[0] == "n":
            self.figures.append(data.strip())
