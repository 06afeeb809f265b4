"""``project`` starts where the market is: in turbulence above the VIX at which spells begin, and it says so."""

from __future__ import annotations

import dataclasses

import pytest

from stresstest.commands import projection
from stresstest.commands.shown import Shown
from stresstest.market import load_snapshot
from stresstest.study.options import Options


def project_at(vix: float, monkeypatch: pytest.MonkeyPatch, plan: str = "fast-qt", months: int = 12) -> Shown:
    snapshot = load_snapshot()
    quotes = dict(snapshot.quotes) | {"vix": dataclasses.replace(snapshot.quotes["vix"], value=vix)}
    moved = dataclasses.replace(snapshot, quotes=quotes)
    monkeypatch.setattr(projection, "load_snapshot", lambda *_: moved)
    return projection.projection(Options(plan=plan, paths=300, months=months))


def test_a_crisis_is_where_paths_start_and_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turbulent weeks are more than twice as wide, so more paths fall by what makes the committee stop."""
    calm, crisis = (project_at(vix, monkeypatch).to_document() for vix in (0.2, 0.4))
    said = [["turbulent" in entry["name"] for entry in document["assumptions"]] for document in (calm, crisis)]
    assert not any(said[0])
    assert sum(said[1]) == 1
    assert "40" in crisis["assumptions"][said[1].index(True)]["sentence"]
    assert crisis["halted_probability"][13] > calm["halted_probability"][13]


def test_a_plan_after_which_nobody_buys_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for plan, told in (("qt2", True), ("fast-qt", False)):
        names = [entry["name"] for entry in project_at(0.2, monkeypatch, plan).to_document()["assumptions"]]
        assert ("unattended" in names) is told


def test_a_horizon_beyond_the_record_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for months, told in ((42, False), (60, True)):
        entries = project_at(0.2, monkeypatch, "hold", months).to_document()["assumptions"]
        said = [entry["sentence"] for entry in entries if entry["name"] == "unseen"]
        assert len(said) == told
        assert all("60 months" in sentence and ", 42." in sentence for sentence in said)
