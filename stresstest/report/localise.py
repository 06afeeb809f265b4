"""The document in the words of a language: titles that records bring in English, and past episodes marked as such."""

from __future__ import annotations

from .catalogue import Catalogue
from .tables.cells import Document


def localised(d: Document, t: Catalogue) -> Document:
    """A copy with scenario and plan titles as the page shows them; the JSON keeps the titles of the records."""
    scenarios = [{**s, "title": t.title("scenario_title", s["name"], s["title"])} for s in d["scenarios"]]
    plans = {
        key: {**d[key], "title": t.title("plan_title", d[key]["name"], d[key]["title"])} for key in ("plan", "baseline")
    }
    for s in scenarios:
        if s["episode"]:
            s["title"] = t("phrase.past", scenario=s["title"])
    return {**d, **plans, "scenarios": scenarios}
