"""``project``: the keys of the contract, identities over dates, the record of 2022 to 2025, bad files, and the page."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from stresstest.cli import app
from stresstest.commands.projection import projection
from stresstest.commands.projection_inputs import ProjectRequest, read_account
from stresstest.commands.projection_text import lines
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.market.snapshot_given import given_levels
from stresstest.plumbing.calendar import business_days, funding_day
from stresstest.plumbing.project import week_dates
from stresstest.records import ASSETS, LIABILITIES
from stresstest.report.catalogue import load
from stresstest.report.charts.projection import FIGURES, figures
from stresstest.report.projection import likeliest, render, sentence
from stresstest.study.options import Options
from stresstest.study.outlook import thresholds

HOSTILE = "<script>alert(1)</script> & \"QT\" '{0}' {lang}"
REGIMES = ("abundant", "ample", "scarce")


def made(request: ProjectRequest | None = None, **options: Any) -> dict[str, Any]:
    return projection(Options(**{"plan": "fast-qt", "paths": 400, **options}), request).to_document()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return made()


def test_the_keys_of_the_contract(document: dict[str, Any]) -> None:
    json.dumps(document, allow_nan=False)
    assert tuple(document["assets"]) == ASSETS
    assert tuple(document["liabilities"]) == LIABILITIES
    assert {len(values) for side in ("assets", "liabilities") for values in document[side].values()} == {53}
    funding = document["funding"]
    days = len(funding["dates"])
    assert {len(funding["sofr_iorb_bp"][key]) for key in ("mean", "p05", "p95")} == {days}
    assert len(funding["spike_probability"]) == len(funding["kinds"]) == days
    assert {"date", "kind", "level_bp", "probability", "sentence"} <= set(document["warnings_dated"][0])
    assert document["sources"]
    assert all(entry["sentence"] for entry in document["assumptions"])


def test_both_sides_agree_on_every_date(document: dict[str, Any]) -> None:
    assets, liabilities = (np.sum([*document[side].values()], axis=0) for side in ("assets", "liabilities"))
    assert assets == pytest.approx(liabilities, abs=0.01)
    classes = ("bills", "notes_bonds", "frn", "tips", "tips_compensation")
    total = np.sum([document["detail"][name] for name in classes], axis=0)
    assert total == pytest.approx(np.array(document["assets"]["treasuries"]), abs=0.01)


def test_liquidity_is_reserves_and_reverse_repo_over_bank_assets(document: dict[str, Any]) -> None:
    """Ratio of means and mean of ratios differ by what bank assets differ between paths."""
    liquid = np.array(document["liabilities"]["reserves"]) + document["liabilities"]["on_rrp"]
    level = document["bands"]["scarcity_l"]["mean"]
    assert liquid / document["detail"]["bank_assets"] == pytest.approx(np.array(level), rel=0.01)


def test_regimes_add_up_and_follow_liquidity(document: dict[str, Any]) -> None:
    found = document["regimes"]
    chances = np.array([found["probability"][name] for name in REGIMES])
    assert chances.sum(axis=0) == pytest.approx(np.ones(52))
    assert found["dates"] == document["dates"][1:]
    level = np.array(document["bands"]["scarcity_l"]["mean"][1:])
    assert np.corrcoef(level, chances[2])[0, 1] < -0.8
    assert thresholds()["scarce"] < thresholds()["ample"]
    assert sum(found["histogram"]["days"].values()) == pytest.approx(1.0)
    assert all(sum(found["histogram"]["share"][name]) == pytest.approx(1.0) for name in ("ample", "scarce"))


def test_the_spread_of_all_days_is_that_of_the_regimes_together(document: dict[str, Any]) -> None:
    found, chances = document["regimes"]["histogram"], document["funding"]["spike_probability"]
    share = sum(found["days"][name] * found["spike_share"][name] for name in REGIMES)
    assert share == pytest.approx(np.mean(chances))
    assert found["spike_share"]["ample"] < found["spike_share"]["scarce"]


def test_warnings_are_days_of_the_calendar_in_order(document: dict[str, Any]) -> None:
    funding, warnings = document["funding"], document["warnings_dated"]
    chance = dict(zip(funding["dates"], funding["spike_probability"], strict=True))
    days = [warning["date"] for warning in warnings]
    assert days == sorted(days)
    for warning in warnings:
        assert warning["probability"] == pytest.approx(chance[warning["date"]])
        assert warning["kind"] == funding_day(date.fromisoformat(warning["date"])).kind
        assert sentence(warning, load("en")) == warning["sentence"]
    marked = {day for day, kind in zip(funding["dates"], funding["kinds"], strict=True) if kind != "ordinary"}
    assert {day for day in marked if chance[day] >= 0.05} <= set(days)
    top = likeliest(warnings, 3)
    assert min(w["probability"] for w in top) >= sorted(w["probability"] for w in warnings)[-3]


def test_the_days_are_business_days_of_the_horizon(document: dict[str, Any]) -> None:
    first, last = (date.fromisoformat(document["dates"][i]) for i in (0, -1))
    assert document["funding"]["dates"] == [day.isoformat() for day in business_days(first, last)]


def test_same_seed_same_document(document: dict[str, Any]) -> None:
    assert made() == document
    assert made(seed=1)["liabilities"]["reserves"] != document["liabilities"]["reserves"]


def test_a_pace_that_buys_lifts_reserves(document: dict[str, Any]) -> None:
    bought = made(plan=None, pace=-80.0)
    assert bought["liabilities"]["reserves"][-1] > document["liabilities"]["reserves"][-1] + 500
    assert len(bought["warnings_dated"]) < len(document["warnings_dated"])


def _distance(document: dict[str, Any], folder: Path) -> np.ndarray:
    days = [date.fromisoformat(text) for text in document["dates"]]
    record = given_levels(folder, ["reserves"], days)["reserves"]
    return np.asarray(np.abs(np.array(document["liabilities"]["reserves"]) / record - 1.0))


def test_the_record_of_qt2(shared_data: Path) -> None:
    """Caps, the Treasury's account and the starting levels are given; with mortgage rates too the end is met."""
    days = {"start": date(2022, 6, 1), "end": date(2025, 10, 29)}
    caps = made(ProjectRequest(**days, tga="actual"), plan="qt2", data=shared_data, paths=100)
    assert (caps["dates"][0], caps["dates"][-1]) == ("2022-06-01", "2025-10-29")
    assert caps["given"] == {"tga": "actual"}
    assert _distance(caps, shared_data).mean() < 0.08
    rates = made(ProjectRequest(**days, tga="actual", mortgage="actual"), plan="qt2", data=shared_data, paths=100)
    assert _distance(rates, shared_data).mean() < 0.08
    assert _distance(rates, shared_data)[-1] < 0.08


def _account(path: Path, *rows: str, header: str = "date,tga") -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


def test_a_file_for_the_account_of_the_treasury_is_followed(tmp_path: Path) -> None:
    path = _account(tmp_path / "tga.csv", "2026-07-01,900", "2026-09-01,500", "2026-12-01,500")
    request = ProjectRequest(tga=str(path), end=date(2026, 9, 30))
    document = made(request, paths=100)
    dates = tuple(date.fromisoformat(text) for text in document["dates"])
    wanted = np.interp(
        [d.toordinal() for d in dates], [date(2026, 7, 1).toordinal(), date(2026, 9, 1).toordinal()], [900, 500]
    )
    assert document["liabilities"]["tga"][1:] == pytest.approx(wanted[1:])
    assert document["given"] == {"tga": "file"}


@pytest.mark.parametrize(
    ("rows", "header", "row", "expected"),
    [
        (("2026-07-01,900", "2026-13-01,800"), "date,tga", 3, "an ISO date and a number"),
        (("2026-07-01,900000", "2027-01-01,800000"), "date,tga", 2, "0 to 3000 USD bn"),
        (("2026-07-01,900", "2027-01-01,-5"), "date,tga", 3, "0 to 3000 USD bn"),
        (("2026-07-01,nan",), "date,tga", 2, "0 to 3000 USD bn"),
        (("2026-07-01,900", "2026-06-01,900"), "date,tga", None, "increasing dates"),
        (("2026-07-01,900",), "day,level", 1, "columns date and tga"),
        (("2026-07-01",), "date,tga", 2, "an ISO date and a number"),
        (("2026-08-15,900", "2027-01-01,900"), "date,tga", None, "2026-07-29 to"),
        (("2026-07-01,900", "2027-01-01,900"), "date,tga", None, "at most 100"),
        ((), "date,tga", None, "2026-07-29 to"),
    ],
)
def test_bad_files_of_the_account_are_named(
    rows: tuple[str, ...], header: str, row: int | None, expected: str, tmp_path: Path
) -> None:
    path = _account(tmp_path / "tga.csv", *rows, header=header)
    with pytest.raises(InputError) as caught:
        read_account(path, week_dates(date(2026, 7, 29), 20))
    problem = caught.value.problems[0]
    assert problem.row == row
    assert expected in problem.expected
    assert "tga.csv" in str(problem.file)


def test_every_fault_of_a_file_at_once(tmp_path: Path) -> None:
    path = _account(tmp_path / "tga.csv", "x,1", "2026-07-01,y", "2026-07-02,-1")
    with pytest.raises(InputError) as caught:
        read_account(path, week_dates(date(2026, 7, 29), 4))
    assert [problem.row for problem in caught.value.problems] == [2, 3, 4]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--tga", "none.csv"), ("--tga", "actual"), ("--onrrp", "actual"), ("--end", "2020-01-01"),
        ("--end", "2199-01-01"), ("--start", "2020-01-01"), ("--paths", "900000"),
        ("--plan", "ecb-passive", "--tga", "actual"), ("--start", "2026-07-29", "--as-of", "2026-07-28"),
    ],
)  # fmt: skip
def test_bad_options_are_refused(arguments: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, ["project", *arguments, "--quiet"])
    assert isinstance(done.exception, InputError), done.output
    assert done.exception.problems


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]
        self.ids += [value or "" for name, value in attrs if name == "id"]


def test_a_plan_without_sources_has_no_heading_for_them(document: dict[str, Any]) -> None:
    for lang in ("en", "zh-TW"):
        t, bare = load(lang), {**document, "sources": []}
        assert t("project.sources") in render(document, t)
        assert t("project.sources") not in render(bare, t)
        assert t("project.sources") in list(lines(document, t))
        assert t("project.sources") not in list(lines(bare, t))


def test_out_writes_a_page_that_escapes_and_needs_nothing(tmp_path: Path) -> None:
    plan = tmp_path / "p.toml"
    title = HOSTILE.replace("\\", "\\\\").replace('"', '\\"')
    plan.write_text(f'title = "{title}"\nsources = ["{title}"]\n[[step]]\ntreasury_cap = 40\n', encoding="utf-8")
    out = tmp_path / "a" / "b"
    arguments = ["project", "--plan", str(plan), "--paths", "100", "--out", str(out), "--quiet"]
    for lang in ("en", "zh-TW"):
        done = CliRunner().invoke(app, [*arguments, "--lang", lang])
        assert done.exit_code == 0, done.output
        assert done.output == ""
        assert [entry.name for entry in out.iterdir()] == ["project.html"]
        html = (out / "project.html").read_text(encoding="utf-8")
        page = _Page(html)
        assert "script" not in page.tags
        assert "&lt;script&gt;" in html
        assert not page.links
        assert len(page.ids) == len(set(page.ids))
        assert page.tags.count("svg") == page.tags.count("figure") == len(FIGURES)
        assert page.tags.count("details") == len(FIGURES) + 1
        assert str(tmp_path) not in html
    assert "準備金" in html


def test_every_picture_has_a_title_a_table_and_a_valid_specification(document: dict[str, Any]) -> None:
    for lang in ("en", "zh-TW"):
        drawn = figures(document, load(lang))
        assert len(drawn) == len(FIGURES)
        for figure in drawn.values():
            assert ET.fromstring(figure.picture).tag.endswith("svg")
            assert any(character.isdigit() for character in figure.title)
            assert figure.table.rows


def test_text_for_people_in_either_language(document: dict[str, Any]) -> None:
    """The page and the terminal say the same sentences."""
    for lang in ("en", "zh-TW"):
        shown = projection(Options(plan="fast-qt", paths=400), ProjectRequest(lang=lang))
        console = Console(width=400, file=None, record=True, quiet=False, force_terminal=False)
        with console.capture() as captured:
            console.print(shown.to_text(lang))
        worst = likeliest(document["warnings_dated"], 1)[0]
        assert sentence(worst, load(lang)) in captured.get()
        assert sentence(worst, load(lang)) in render(document, load(lang))


def test_plans_of_other_banks_stand_beside_and_alone() -> None:
    together = made(plan="global-qt", paths=100)
    assert set(together["companions"]) == {"ecb-sales", "boe-100"}
    alone = made(plan="ecb-sales", paths=100)
    assert alone["currency"] == "EUR"
    assert alone["funding"] is None
    assert alone["liabilities"] == together["companions"]["ecb-sales"]["liabilities"]
    for document in (together, alone):
        assert "ECB" in render(document, load("en"))


def test_an_out_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        made(ProjectRequest(out=blocked), paths=100)
    assert caught.value.problems[0].column == "out"
    assert blocked.read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize(("day", "expected"), [("2010-01-01", "2026-07-29 or later"), ("2190-01-01", "has come")])
def test_a_wrong_start_is_a_fault_of_start(day: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        made(ProjectRequest(start=date.fromisoformat(day)), paths=100)
    (problem,) = caught.value.problems
    assert (problem.column, problem.found) == ("start", day)
    assert expected in problem.expected
    assert "--as-of" not in problem.hint


def text_of(plan: str, lang: str) -> str:
    console = Console(width=400)
    with console.capture() as captured:
        console.print(projection(Options(plan=plan), ProjectRequest(lang=lang)).to_text(lang))
    return captured.get()


def test_bonds_of_another_bank_are_no_treasuries() -> None:
    """The key of the contract stays; what a reader sees is what that bank holds, and from which day."""
    for plan, bonds, day in (("ecb-2023", "Bonds of APP and PEPP", "2025-12-31"), ("boe-100", "Gilts", "2025-09-30")):
        shown = text_of(plan, "en")
        assert bonds in shown
        assert "Treasuries" not in shown
        assert f"those of {day}, and begins on that day" in shown
        assert made(plan=plan)["title"] in shown
        assert "treasuries" in made(plan=plan)["assets"]
    assert "英國公債" in text_of("boe-100", "zh-TW")


def test_another_bank_has_no_levels_before_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of series may reach further back than the levels of the other bank that ship."""
    monkeypatch.setattr("stresstest.commands.projection.load_snapshot", lambda *_: load_snapshot())
    with pytest.raises(InputError, match="2025-12-31 or later"):
        made(plan="ecb-2023", as_of=date(2025, 6, 30))
