"""``rebalance --json``: the proposal as a document of its own."""

from __future__ import annotations

from typing import Any

from ..records import Study
from ..report import to_document


def proposal_document(study: Study) -> dict[str, Any]:
    """The proposal of a study as in its report, with the names of what is switched off and every warning."""
    document = to_document(study)
    off = document["distribution"]["without"]
    return {
        **document["rebalance"],
        "without": [*off["channels"], *off["layers"]],
        "warnings": document["warnings"],
    }
