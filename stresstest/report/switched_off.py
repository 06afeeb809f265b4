"""What a user has switched off, said before and beside every simulated figure: such a result is not the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .catalogue import Catalogue
from .tables.cells import Document

#: Families of the catalogue that name channels and layers, and the sentences that list them.
FAMILIES = {"channels": "channel", "layers": "measure"}
#: A caption names so many parts; of more it gives the number.
LISTED = 3
#: Layers that the bands of named scenarios hold while they are on.
BANDED = ("parameters", "exposures", "residual")
SENTENCES = {"channels": "answer.off_channels", "layers": "answer.off_layers"}


def names(d: Document, t: Catalogue) -> list[str]:
    """Channels and layers of uncertainty that are off, in words."""
    return [name for kind in FAMILIES for name in _words(d, kind, t)]


def layers(d: Document) -> Sequence[str]:
    """Codes of the layers of uncertainty that are off."""
    return tuple(_off(d).get("layers", ()))


def sentence(d: Document, t: Catalogue) -> str:
    """What is off, and what that means for the figures."""
    parts = {key: t("answer.list_joint").join(_words(d, kind, t)) for kind, key in SENTENCES.items()}
    said = [t(key, names=part) for key, part in parts.items() if part]
    return t("answer.joint").join([*said, t("answer.off_means"), *of_bands(d, t)])


def of_bands(d: Document, t: Catalogue) -> list[str]:
    """The sentence on what the bands of named scenarios leave out; none as a rule."""
    off = _out_of_bands(d, t)
    return [t("answer.off_bands", names=off)] if off else []


def banded(text: str, d: Document, t: Catalogue) -> str:
    """A caption or label of losses by named scenario, with what their bands leave out."""
    off = _out_of_bands(d, t)
    return t("table.of", caption=text, shown=t("table.off_bands", names=off)) if off else text


def captioned(text: str, d: Document, t: Catalogue) -> str:
    """A caption or label of simulated figures, with what is off."""
    off = listed(d, t)
    return t("table.of", caption=text, shown=t("table.off", names=off)) if off else text


def listed(d: Document, t: Catalogue) -> str:
    """What is off in one line, a number where it is much; "" where nothing is."""
    off = names(d, t)
    return t("answer.list_joint").join(off) if len(off) <= LISTED else t("table.off_many", count=len(off))


def _out_of_bands(d: Document, t: Catalogue) -> str:
    return t("answer.list_joint").join(t.label(FAMILIES["layers"], name) for name in layers(d) if name in BANDED)


def worded(codes: str, t: Catalogue) -> str:
    """Codes of channels and layers, as a warning lists them with commas, in words."""
    return t("answer.list_joint").join(_label(name, t) for name in codes.split(", "))


def _label(name: str, t: Catalogue) -> str:
    """The words for a channel, or else for a layer: no name is both."""
    kind = "channels" if f"{FAMILIES['channels']}.{name}" in t.texts else "layers"
    return t.label(FAMILIES[kind], name)


def _words(d: Document, kind: str, t: Catalogue) -> list[str]:
    return [t.label(FAMILIES[kind], name) for name in _off(d).get(kind, ())]


def _off(d: Document) -> Mapping[str, Sequence[str]]:
    found: Mapping[str, Sequence[str]] = d["distribution"]["without"]
    return found
