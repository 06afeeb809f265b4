"""The command line as scripts meet it: exit codes, strict JSON, same bytes, and nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stresstest.cli import main

FAST = ["--paths", "300", "--quiet"]
FILES = {"report.html", "report.json", "positions.csv", "trades.csv", "workbook.xlsx", "summary.md"}


def stresstest(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "stresstest", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture
def inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The same without a process of its own, from the folder of the test: exit code and what went to standard error."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["stresstest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, capsys.readouterr().err

    return run


def strict(text: str) -> dict:  # type: ignore[type-arg]
    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_main_job_writes_six_files_and_the_same_bytes_again(tmp_path: Path) -> None:
    for name in ("first", "second"):
        done = stresstest("run", "example:growth_on_margin", *FAST, "--out", name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert {entry.name for entry in (tmp_path / name).iterdir()} == FILES
    for file in FILES:
        assert (tmp_path / "first" / file).read_bytes() == (tmp_path / "second" / file).read_bytes(), file
    document = strict((tmp_path / "first" / "report.json").read_text(encoding="utf-8"))
    assert document["schema"] == "stresstest/report/1"
    assert str(tmp_path) not in json.dumps(document)


def test_the_default_folder_is_named_after_the_holdings(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("symbol,quantity,price\nSPY,10,700\nCASH,500,\n", encoding="utf-8")
    done = stresstest("run", "mine.csv", "--paths", "300", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    assert (tmp_path / "reports" / "mine" / "report.html").is_file()


def test_json_is_the_only_thing_on_standard_output(tmp_path: Path) -> None:
    done = stresstest("stress", "example:sixty_forty", "--paths", "300", "--json", cwd=tmp_path)
    document = strict(done.stdout)
    assert document["rebalance"] is None
    assert {"inputs", "portfolio", "scenarios", "distribution", "balance_sheet", "warnings"} <= set(document)


def test_check_promises(tmp_path: Path) -> None:
    document = strict(stresstest("check", "example:income_ladder", "--json", cwd=tmp_path).stdout)
    assert {"positions", "cash", "total_value", "currency", "coverage", "errors", "warnings"} <= set(document)
    bond = next(p for p in document["positions"] if p["symbol"] == "UST-2035")
    keys = {
        "yield", "accrued", "clean_price", "dirty_price", "modified_duration", "convexity", "dv01", "spread_duration",
        "key_rate_durations",
    }  # fmt: skip
    assert keys <= set(bond["analytics"])
    assert sum(p["market_value"] for p in document["positions"]) + 6000 == pytest.approx(document["total_value"])


def test_project_promises(tmp_path: Path) -> None:
    document = strict(stresstest("project", "--plan", "slow-qt", "--paths", "300", "--json", cwd=tmp_path).stdout)
    assert len(document["dates"]) == 53
    totals = [sum(items[0] for items in document[side].values()) for side in ("assets", "liabilities")]
    assert totals[0] == pytest.approx(totals[1], abs=0.01)
    assert {"mean", "p05", "p95"} <= set(document["funding"]["sofr_iorb_bp"])
    assert len(document["funding"]["spike_probability"]) == len(document["funding"]["dates"])


def test_scenarios_and_compare(tmp_path: Path) -> None:
    listed = strict(stresstest("scenarios", "--json", cwd=tmp_path).stdout)["scenarios"]
    assert len(listed) >= 30
    one = stresstest("scenarios", "dash-for-cash", cwd=tmp_path)
    assert "Source:" in one.stdout
    both = stresstest(
        "compare", "example:sixty_forty", "example:crypto_heavy", "--paths", "300", "--json", cwd=tmp_path
    )
    assert [p["name"] for p in strict(both.stdout)["portfolios"]] == ["sixty_forty", "crypto_heavy"]


def test_rebalance_prints_trades_as_csv(tmp_path: Path) -> None:
    done = stresstest("rebalance", "example:growth_on_margin", *FAST, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert {"symbol", "side", "quantity", "value_usd", "tranche"} <= set(header.split(","))
    assert rows


def test_limits_that_cannot_be_met_are_an_answer(tmp_path: Path) -> None:
    limits = "[turnover]\nlevel = 0.01\n[crypto_share]\nlevel = 0.05\n"
    (tmp_path / "tight.toml").write_text(limits, encoding="utf-8")
    done = stresstest("rebalance", "example:crypto_heavy", *FAST, "--limits", "tight.toml", "--json", cwd=tmp_path)
    assert done.returncode == 3
    answer = strict(done.stdout)
    assert answer["status"] == "infeasible"
    assert answer["trades"] == []
    assert answer["relaxation"]
    assert "turnover" in done.stderr or "crypto" in done.stderr


def test_faults_of_a_limits_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("[turnovr]\nlevel = 0.01\n", encoding="utf-8")
    done = stresstest("rebalance", "example:balanced", *FAST, "--limits", "wrong.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "turnover" in done.stderr


BAD = {
    "empty.csv": b"",
    "columns.csv": b"alpha,beta\n1,2\n",
    "text.csv": b"symbol,quantity,price\nSPY,many,700\nQQQ,5,600\n",
    "currency.csv": b"symbol,quantity,price,currency\nSPY,1,700,XQZ\n",
    "negative.csv": b"symbol,quantity,price\nSPY,1,-700\n",
    "bond.csv": b"symbol,quantity,price,asset_class,coupon\nBOND,1000,99,bond,4\n",
    "twice.csv": b"symbol,quantity,quantity,price\nSPY,1,1,700\n",
    "binary.csv": bytes(range(256)) * 50,
    "comments.csv": b"# nothing\n# here\n",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_with_two_and_leaves_nothing(
    name: str, tmp_path: Path, inside: Callable[..., tuple[int, str]]
) -> None:
    (tmp_path / name).write_bytes(BAD[name])
    code, said = inside("run", name, *FAST, "--out", "out")
    assert code == 2
    assert "Traceback" not in said
    assert name in said
    assert "expected" in said
    assert not (tmp_path / "out").exists()


def test_noise_of_fifty_megabytes_is_refused_at_once(tmp_path: Path) -> None:
    with (tmp_path / "noise.csv").open("wb") as handle:
        handle.truncate(50_000_000)
    done = stresstest("check", "noise.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "MB" in done.stderr


def test_errors_are_json_too(tmp_path: Path) -> None:
    (tmp_path / "text.csv").write_bytes(BAD["text.csv"])
    done = stresstest("check", "text.csv", "--json", cwd=tmp_path)
    assert done.returncode == 2
    (error,) = strict(done.stdout)["errors"]
    assert (error["row"], error["column"], error["found"]) == (2, "quantity", "many")
    assert error["hint"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "no-such-file.csv"),
        ("run", "example:no-such-name"),
        ("run", "example:balanced", "--plan", "no-such-plan"),
        ("run", "example:balanced", "--scenario", "no-such-scenario"),
        ("run", "example:balanced", "--plan", "hold", "--qt-pace", "5"),
        ("run", "example:balanced", "--qt-pace", "1e9"),
        ("run", "example:balanced", "--months", "0"),
        ("run", "example:balanced", "--as-of", "2020-01-01"),
        ("compare", "example:balanced"),
        ("scenarios", "no-such-scenario"),
    ],
)
def test_wrong_arguments_are_answered_with_two(
    arguments: tuple[str, ...], inside: Callable[..., tuple[int, str]]
) -> None:
    code, said = inside(*arguments)
    assert code == 2
    assert "Traceback" not in said
    assert said.strip()


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys, stresstest.cli as c\n"
        "try:\n    c.app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'cvxpy', 'altair', 'jinja2', 'xlsxwriter'} & set(sys.modules)\n"
        "sys.exit(f'imported {sorted(heavy)}' if heavy else 0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_real_exports_run(tmp_path: Path, shared_data: Path, inside: Callable[..., tuple[int, str]]) -> None:
    """The three broker files that the project promises to run on."""
    files = (
        "fidelity/fidelity_positions.csv",
        "schwab/All-Accounts-Positions-2020-11-15.CSV",
        "ibkr/ibkr_activity.csv",
    )
    for number, file in enumerate(files):
        out = f"out{number}"
        code, said = inside("run", str(shared_data / "holdings" / file), *FAST, "--months", "3", "--out", out)
        assert code == 0, said
        assert {entry.name for entry in (tmp_path / out).iterdir()} == FILES
