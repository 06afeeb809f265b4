"""What ``batch`` found: a table with one row for each portfolio, and the portfolios that failed."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError, Problem
from ...files import can_write_in, write_text
from ..compare import loss_text
from ..shown import Kept, Noted, Shown, Simulated, clean
from .reduced import COLUMNS
from .unseen import LeftOut

SCHEMA = "stresstest/batch/1"
#: Rows that a person reads on a screen, and faults that are printed; all of them stand in the JSON and in --out.
SHOWN_ROWS, SHOWN_FAULTS = 30, 20
#: Endings of the table's name.
PARQUET, CSV = (".parquet", ".pq"), (".csv",)
#: How a CSV table begins.
FIRST = f"portfolio,{COLUMNS[0]},{COLUMNS[1]},".encode()
#: Column of the rows that no figure contains, and what stands between their symbols; symbols named on a screen.
LEFT_OUT, JOINT, NAMED = "not_modelled", "; ", 5
#: Prefix of the columns of named scenarios in a table.
LOSS = "loss_"


@dataclass(frozen=True, eq=False)
class BatchResult:
    """numbers: ``COLUMNS`` by name, (P,) each. named: (P, K) losses in ``scenarios``; fractions of net value.

    failed: problems by portfolio. about: plan, paths, seed and the like. warnings: for every portfolio; warned: by
    portfolio, of what is not modelled and of revaluation. titles: of the scenarios, for people. not_modelled: rows that
    no figure contains, by portfolio; none of the others.
    """

    names: tuple[str, ...]
    numbers: Mapping[str, np.ndarray]
    named: np.ndarray
    scenarios: tuple[str, ...]
    failed: Mapping[str, tuple[Problem, ...]]
    about: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()
    warned: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    not_modelled: Mapping[str, tuple[LeftOut, ...]] = field(default_factory=dict)

    def columns(self) -> dict[str, Sequence[Any]]:
        """The table by column, each with an entry for each portfolio."""
        worst = np.argmax(self.named, axis=1) if self.scenarios and self.names else np.zeros(0, dtype=int)
        named = {f"{LOSS}{scenario}": self.named[:, k].tolist() for k, scenario in enumerate(self.scenarios)}
        return {
            "portfolio": self.names,
            **{column: self.numbers[column].tolist() for column in COLUMNS},
            "worst_scenario": [self.scenarios[k] for k in worst],
            "worst_loss": self.named[np.arange(len(worst)), worst].tolist(),
            **named,
            LEFT_OUT: [JOINT.join(_label(row) for row in self.not_modelled.get(name, ())) for name in self.names],
            **({"without": [" ".join(off)] * len(self.names)} if (off := self.about.get("without")) else {}),
        }

    def rows(self) -> Iterator[dict[str, Any]]:
        """The table by row."""
        columns = self.columns()
        for values in zip(*columns.values(), strict=True):
            yield dict(zip(columns, values, strict=True))

    def to_document(self) -> dict[str, Any]:
        """Strict JSON: measures by portfolio, and every fault of those that failed."""
        portfolios = []
        for row in self.rows():
            losses = {key.removeprefix(LOSS): row.pop(key) for key in list(row) if key.startswith(LOSS)}
            missing = [row._asdict() for row in self.not_modelled.get(row["portfolio"], ())]
            portfolios.append({**row, LEFT_OUT: missing, "scenarios": losses})
        failed = [
            {"portfolio": name, "errors": [problem.to_dict() for problem in problems]}
            for name, problems in self.failed.items()
        ]
        counts = {"portfolios": len(self.names), "failed": len(self.failed)}
        warnings = [problem.to_dict() for problem in self._warnings()]
        document = {
            "schema": SCHEMA, **self.about, **counts, "results": portfolios, "failures": failed, "warnings": warnings,
        }  # fmt: skip
        cleaned = clean(document)
        assert isinstance(cleaned, dict)
        return cleaned

    def to_text(self, lang: str = "en") -> Any:
        """The portfolios with the largest expected shortfall, then what failed."""
        worst = np.argsort(-self.numbers["es_95"], kind="stable")[:SHOWN_ROWS]
        picked = [self._row(int(i)) for i in worst]
        header = ("portfolio", "value USD", "VaR 95", "ES 95", "ES 99", "worst loss", "worst scenario")
        body = [
            (
                Kept(row["portfolio"]),
                f"{row['value']:,.0f}",
                *(loss_text(row[key]) for key in ("var_95", "es_95", "es_99", "worst_loss")),
                self.titles.get(row["worst_scenario"], row["worst_scenario"]),
            )
            for row in picked
        ]
        title = "Portfolios, largest expected shortfall first"
        table = (Simulated(title, self.about.get("without", ())), header, body)
        return Shown({}, (table,), self._lines()).to_text(lang)

    def _row(self, i: int) -> dict[str, Any]:
        one = {name: values[i : i + 1] for name, values in self.numbers.items()}
        part = BatchResult(self.names[i : i + 1], one, self.named[i : i + 1], self.scenarios, {}, {})
        return next(part.rows())

    def _warnings(self) -> tuple[Problem, ...]:
        return (*self.warnings, *itertools.chain(*self.warned.values()))

    def _lines(self) -> tuple[str | Noted, ...]:
        faults = tuple(itertools.chain(*self.failed.values()))
        warnings, hidden = self._warnings(), len(self.names) - SHOWN_ROWS
        missing = list(self.not_modelled.items())
        return (
            f"{_counted(len(self.names), 'portfolio')}, {len(self.failed):,} failed; "
            f"{_counted(self.about['instruments'], 'distinct instrument')}, "
            f"{_counted(self.about['alone'], 'portfolio')} with a margin account or derivatives.",
            *([f"{hidden:,} more stand in --out and --json."] if hidden > 0 else []),
            *(Noted("left out", fault) for fault in faults[:SHOWN_FAULTS]),
            *([f"{len(faults) - SHOWN_FAULTS:,} more faults stand in --json."] if len(faults) > SHOWN_FAULTS else []),
            *(Noted("warning", problem) for problem in warnings[:SHOWN_FAULTS]),
            *([f"{len(warnings) - SHOWN_FAULTS:,} more warnings stand in --json."] if warnings[SHOWN_FAULTS:] else []),
            *(f"Not modelled in {name}: {_named(rows)}" for name, rows in missing[:SHOWN_FAULTS]),
            *([f"{len(missing) - SHOWN_FAULTS:,} more portfolios with rows not modelled stand in --json."]
              if missing[SHOWN_FAULTS:] else []),
        )  # fmt: skip


def write_result(result: BatchResult, out: Path) -> Path:
    """Write the table as CSV or Parquet, by the ending of ``out``, in one step.

    Raises InputError for what ``check_out_file`` refuses.
    """
    check_out_file(out)
    if out.suffix.lower() in CSV:
        return write_text(out, _csv(result))
    import pyarrow
    from pyarrow import parquet

    temporary = out.with_name(f".{out.name}-partial")
    try:
        parquet.write_table(pyarrow.table({name: list(values) for name, values in result.columns().items()}), temporary)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return out


def is_result(path: Path) -> bool:
    """Whether a file begins as the CSV tables of ``write_result`` do."""
    try:
        with path.open("rb") as file:
            return file.read(len(FIRST)) == FIRST
    except OSError:
        return False


def check_out_file(out: Path | None, source: Path | None = None) -> None:
    """Refuse a result file that could not be written, or would replace a file of holdings, before any work.

    source: folder or file that is read. Raises InputError.
    """
    if out is None:
        return
    if source is not None and out.exists() and not is_result(out) and out.suffix.lower() in CSV:
        where = out.resolve()
        if source.resolve() in (where, where.parent):
            found = f"{out.name}, a file of what is read"
            raise InputError(Problem(None, "--out", found, "a file of its own", "Name another one."))
    folder = out.absolute().parent
    if out.is_dir() or not folder.is_dir():
        raise InputError(Problem(None, "--out", out.name, "a file in a folder that is there", ""))
    if out.suffix.lower() not in (*CSV, *PARQUET):
        raise InputError(Problem(None, "--out", out.name, "a name that ends in .csv or .parquet", ""))
    if not can_write_in(folder):
        found = f"{folder.name or folder}, which takes no files"
        raise InputError(Problem(None, "--out", found, "a folder to write in", "Name another one."))
    if out.suffix.lower() in PARQUET:
        try:
            import pyarrow  # noqa: F401  (only whether it is there)
        except ImportError:
            hint = "Install it with pip install 'stresstest[batch]', or name a .csv file."
            raise InputError(Problem(None, "--out", "Parquet, which needs pyarrow", "CSV", hint)) from None


def _label(row: LeftOut) -> str:
    return row.symbol or row.name


def _named(rows: Sequence[LeftOut]) -> str:
    """The largest by symbol, and how many more."""
    largest = sorted(rows, key=lambda row: -abs(row.market_value or 0.0))[:NAMED]
    named = ", ".join(map(_label, largest))
    return f"{named} and {len(rows) - NAMED} more" if len(rows) > NAMED else named


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _csv(result: BatchResult) -> str:
    from ...report.csvs import guarded

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for i, row in enumerate(result.rows()):
        if i == 0:
            writer.writerow(row)
        writer.writerow([guarded(value) for value in row.values()])
    return text.getvalue()
