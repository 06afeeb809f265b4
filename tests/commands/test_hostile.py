"""What a hostile or unlucky user may bring: answered with a clear line and the right exit code, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli import FAST, stresstest, strict

SHORT_PUT = (
    "symbol,quantity,price,asset_class,strike,expiry,put_call,underlying,multiplier\n"
    "SPY P,-5,20,option,700,2026-12-18,put,SPY,100\nCASH,100000,,,,,,,\n"
)


def test_a_short_option_that_is_not_modelled_is_said_aloud(tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text(SHORT_PUT, encoding="utf-8")
    document = strict(stresstest("stress", "short.csv", "--paths", "300", "--json", cwd=tmp_path).stdout)
    assert any("its loss may have no bound" in warning["hint"] for warning in document["warnings"])


@pytest.mark.parametrize("rows", ["TSLA,-100,300\nCASH,20000,\n", "CASH,-5,\nSPY,0.001,700\n"])
def test_no_net_value_is_no_answer(rows: str, tmp_path: Path) -> None:
    (tmp_path / "debt.csv").write_text(f"symbol,quantity,price\n{rows}", encoding="utf-8")
    for command in ("run", "stress"):
        done = stresstest(command, "debt.csv", "--paths", "300", "--json", cwd=tmp_path)
        assert done.returncode == 3
        assert "net value" in done.stderr
        assert strict(done.stdout)["status"] == "no_answer"


SCENARIOS = {
    "nan": "[channels.duration]\nterm_premium_bp = nan\n",
    "below_minus_100": "[channels.risk]\nequity_percent = -200\n",
    "huge": "[channels.duration]\nterm_premium_bp = -10000\n",
    "channels_number": "channels = 5\n",
    "channels_list": 'channels = ["a"]\n',
    "sources_number": "sources = 5\n[channels.duration]\nterm_premium_bp = 5\n",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_hostile_scenario_files(name: str, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SCENARIOS[name], encoding="utf-8")
    done = stresstest("stress", "example:sixty_forty", *FAST, "--scenario", "s.toml", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "s.toml" in done.stderr


PLANS = {
    "step_numbers": "step = [1, 2]\n",
    "step_time": "[[step]]\nstart = 2026-08-01T00:00:00Z\ntreasury_cap = 5\n",
    "step_far": "[[step]]\nstart = 9999-12-01\ntreasury_cap = 5\n",
    "months_bool": "months = true\n[[step]]\ntreasury_cap = 5\n",
    "sources_number": "sources = 5\n[[step]]\ntreasury_cap = 5\n",
    "cap_nan": "[[step]]\ntreasury_cap = nan\n",
}


@pytest.mark.parametrize("name", PLANS)
def test_hostile_plan_files(name: str, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(PLANS[name], encoding="utf-8")
    done = stresstest("project", *FAST, "--plan", "p.toml", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "p.toml" in done.stderr


def test_a_date_that_has_not_come_is_refused(tmp_path: Path) -> None:
    assert stresstest("check", "example:balanced", "--as-of", "2099-01-01", cwd=tmp_path).returncode == 2


def test_an_early_date_knows_no_later_episode_and_says_what_it_cannot_forget(tmp_path: Path, shared_data: Path) -> None:
    arguments = ("--data", str(shared_data), "--as-of", "2022-06-01", "--paths", "300", "--json")
    document = strict(stresstest("stress", "example:sixty_forty", *arguments, cwd=tmp_path).stdout)
    names = {scenario["name"] for scenario in document["scenarios"]}
    assert "covid-2020" in names
    assert not any(name.endswith(("2023", "2024", "2025", "2026")) for name in names)
    assert any(warning["column"] == "as-of" for warning in document["warnings"])
