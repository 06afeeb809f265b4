"""What ``project`` is given beside a plan: dates, and levels as they happened or from a file."""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, Problem
from ..market.snapshot import funding_apart, stale_quotes
from ..market.snapshot_given import given_levels
from ..plumbing.horizon import longest_on_record, unattended
from ..plumbing.ladder import make_ladder
from ..plumbing.project import week_dates
from ..records import LIABILITIES, MarketSnapshot, RunoffPlan
from ..transmission.today import in_turbulence, turbulence_threshold
from ..units import WEEKS_A_MONTH, to_percent

#: Weeks that ``project`` goes ahead at most, and paths times weeks that its arrays may hold (about 1 GB).
LONGEST, MOST_CELLS = 520, 2_100_000
ACTUAL, MODEL = "actual", "model"
#: Levels of a file of the Treasury's account, USD bn: beyond are most often millions.
LARGEST_ACCOUNT = 3000.0
#: Longest silence in such a file, days.
LONGEST_SILENCE = 100


@dataclass(frozen=True)
class ProjectRequest:
    """What the options of ``project`` say. start: None for the newest levels. end: None for the horizon in months.

    tga: None for the model, "actual", or a CSV file with the columns date and tga (USD bn). onrrp, mortgage: "model" or
    "actual". out: folder for a page with pictures. lang: its language.
    """

    start: date | None = None
    end: date | None = None
    tga: str | None = None
    onrrp: str = MODEL
    mortgage: str = MODEL
    out: Path | None = None
    lang: str = "en"

    @property
    def tga_file(self) -> Path | None:
        """The file of the Treasury's account, None where it follows the model or the record."""
        return None if self.tga in (None, MODEL, ACTUAL) else Path(str(self.tga))


def horizon(request: ProjectRequest, start: date, weeks: int, paths: int) -> int:
    """Weeks to run from the release at ``start``. Raises InputError where dates or sizes make no sense."""
    if request.end is not None:
        weeks = (request.end - start).days // 7
        if not 1 <= weeks <= LONGEST:
            expected = f"a date from one week to ten years after {start}"
            raise InputError(Problem(None, "end", request.end.isoformat(), expected, "Choose another --end."))
    if paths * weeks > MOST_CELLS:
        most = MOST_CELLS // weeks
        found = f"{paths} paths of {weeks} weeks"
        raise InputError(Problem(None, "paths", found, f"at most {most} paths", "Fewer --paths or an earlier --end."))
    return weeks


def given(request: ProjectRequest, data: Path | None, start: date, weeks: int) -> dict[str, np.ndarray]:
    """Weekly levels that replace the model. Raises InputError for every fault of the options, the series, the file."""
    dates = week_dates(start, weeks)
    actual = [name for name, how in _chosen(request) if how == ACTUAL]
    if actual and data is None:
        found = f"{', '.join(actual)} as they happened"
        raise InputError(Problem(None, "data", found, "a folder of series", "Add --data DIR."))
    levels = given_levels(data, actual, dates) if data is not None and actual else {}
    if request.tga_file is not None:
        levels["tga"] = read_account(request.tga_file, dates)
    return levels


def assumptions(
    plan: RunoffPlan, snapshot: MarketSnapshot, levels: Mapping[str, object], last: date
) -> list[dict[str, Any]]:
    """What was assumed rather than observed: entries of the family "assumption" of the report's words, with values.

    levels: what was given, by name. last: end of the horizon.
    """
    ladder = make_ladder(snapshot, plan.bank)
    found: list[dict[str, Any]] = [_entry("ladder_fitted" if ladder.fitted else "ladder_list", source=ladder.source)]
    remembered = [n for n, q in snapshot.quotes.items() if q.status in ("MEM", "JUDG") and n in LIABILITIES]
    if remembered:
        found.append(_entry("levels", items=sorted(remembered)))
    found += [_entry("stale", items=[quote.name], date=quote.date.isoformat()) for quote in stale_quotes(snapshot)]
    apart = funding_apart(snapshot)
    if apart is not None:
        found.append(_entry("apart", date=apart.date.isoformat(), sheet=snapshot.as_of.isoformat()))
    if levels:
        found.append(_entry("given", items=list(levels)))
    if "on_rrp" not in levels:
        found.append(_entry("drain"))
    if plan.end < snapshot.as_of:
        found.append(_entry("ended", date=plan.end.isoformat()))
    months = (last - snapshot.as_of).days / 7 / WEEKS_A_MONTH
    if months > longest_on_record():
        found.append(_entry("unseen", months=f"{months:.0f}", longest=f"{longest_on_record():.0f}"))
    if unattended(plan, last):
        found.append(_entry("unattended"))
    if in_turbulence(snapshot.levels):
        points, usual = (f"{to_percent(level):.0f}" for level in (snapshot["vix"], turbulence_threshold()))
        found.append(_entry("turbulent", points=points, usual=usual))
    return found


def _entry(name: str, **values: object) -> dict[str, Any]:
    return {"name": name, "values": values}


def _chosen(request: ProjectRequest) -> tuple[tuple[str, str | None], ...]:
    pairs = (("tga", request.tga), ("on_rrp", request.onrrp), ("mortgage_rate", request.mortgage))
    wrong = [(name, how) for name, how in pairs[1:] if how not in (MODEL, ACTUAL)]
    if wrong:
        raise InputError([Problem(None, name, str(how), "model or actual", "") for name, how in wrong])
    return pairs


def read_account(path: Path, dates: tuple[date, ...]) -> np.ndarray:
    """The Treasury's account on ``dates`` from a CSV file, straight lines between its rows.

    Raises InputError with every fault: columns, dates out of order, values that are no levels in USD bn, silences.
    """
    if not path.is_file():
        raise InputError(Problem(None, "tga", str(path), "actual, model or a CSV file", "Check the path."))
    problems: list[Problem] = []
    rows = _account_rows(path, problems)
    if not problems:
        _check_cover(path, rows, dates, problems)
    if problems:
        raise InputError(problems)
    days = [day.toordinal() for day, _ in rows]
    return np.asarray(np.interp([day.toordinal() for day in dates], days, [value for _, value in rows]))


def _account_rows(path: Path, problems: list[Problem]) -> list[tuple[date, float]]:
    if b"\0" in path.read_bytes()[:4096]:
        problems.append(Problem(None, "", "binary data", "a CSV file with date and tga", "", str(path)))
        return []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        reader = csv.DictReader(line for line in handle if not line.startswith("#"))
        for name in ("date", "tga"):
            if name not in (reader.fieldnames or ()):
                problems.append(Problem(1, name, "no such column", "columns date and tga", "", str(path)))
        if problems:
            return []
        rows = [_account_row(number, row, path, problems) for number, row in enumerate(reader, 2)]
    found = [row for row in rows if row is not None]
    for (before, _), (after, _) in itertools.pairwise(found):
        if after <= before:
            hint = "Sort the file by date and keep one row for each."
            problems.append(Problem(None, "date", f"{after} after {before}", "increasing dates", hint, str(path)))
    return found


def _account_row(number: int, row: dict[str, str], path: Path, problems: list[Problem]) -> tuple[date, float] | None:
    try:
        day, value = date.fromisoformat(row["date"]), float(row["tga"])
    except (TypeError, ValueError):
        found = f"{row['date']}, {row['tga']}"
        problems.append(Problem(number, "tga", found, "an ISO date and a number", "Mend the row.", str(path)))
        return None
    if not (math.isfinite(value) and 0.0 <= value <= LARGEST_ACCOUNT):
        hint = "Amounts are in USD bn; this looks like millions." if value > LARGEST_ACCOUNT else "Mend the row."
        problems.append(Problem(number, "tga", f"{value:g}", f"0 to {LARGEST_ACCOUNT:g} USD bn", hint, str(path)))
        return None
    return day, value


def _check_cover(path: Path, rows: list[tuple[date, float]], dates: tuple[date, ...], problems: list[Problem]) -> None:
    if not rows or rows[0][0] > dates[0] or rows[-1][0] < dates[-1]:
        found = f"{rows[0][0]} to {rows[-1][0]}" if rows else "no row"
        hint = "Add rows, or choose other dates."
        problems.append(Problem(None, "date", found, f"{dates[0]} to {dates[-1]}", hint, str(path)))
        return
    inside = [(b - a).days for (a, _), (b, _) in itertools.pairwise(rows) if b > dates[0] and a < dates[-1]]
    if max(inside, default=0) > LONGEST_SILENCE:
        found = f"{max(inside)} days without a value"
        problems.append(Problem(None, "date", found, f"at most {LONGEST_SILENCE}", "Add rows.", str(path)))
