"""A data folder becomes weekly moves: units, dates, faults, and nothing from the future."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.errors import DataError
from stresstest.market.contracts import contracts, read_tables
from stresstest.market.history import History, daily_logs, history_of, load_history
from stresstest.tables import factor_names, factor_table

CURVE = "yields/treasury_cmt_daily.csv"
FUNDS = "equities/etf_adjclose_daily.csv"


def change(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    edit(pd.read_csv(path)).to_csv(path, index=False)


#: Factors that the sources have no series for.
SCENARIO_ONLY = [row.name for row in factor_table() if row.source.startswith("scenario only")]


def test_every_factor_has_a_column_and_weeks_end_on_friday(folder: Path) -> None:
    history = load_history(folder)
    assert tuple(history.factors.columns) == factor_names()
    assert set(history.factors.index.dayofweek) == {4}
    assert history.factors.drop(columns=SCENARIO_ONLY).iloc[-10:].notna().all(axis=None)
    assert history.factors[SCENARIO_ONLY].isna().all(axis=None)


def test_moves_are_decimals_and_log_returns_between_fridays(folder: Path) -> None:
    history = load_history(folder)
    curve = pd.read_csv(folder / CURVE, index_col="date", parse_dates=True)
    funds = pd.read_csv(folder / FUNDS, index_col="date", parse_dates=True)
    first, last = pd.Timestamp("2023-03-03"), pd.Timestamp("2023-03-10")
    week = history.factors.loc[last]
    assert week["ust_10y"] == pytest.approx((curve["DGS10"][last] - curve["DGS10"][first]) / 100)
    spread = np.log(funds["XLU"] / funds["SPY"])
    assert week["sector_utilities"] == pytest.approx(spread[last] - spread[first])
    assert history.assets.loc[last, "AAPL"] == pytest.approx(
        history.asset_returns(first.date(), last.date())["AAPL"], abs=1e-15
    )


def test_foreign_currencies_are_worth_their_inverse(folder: Path) -> None:
    history = load_history(folder)
    np.testing.assert_allclose(history.factors["fx_eur"].dropna(), history.assets["CASH.EUR"].dropna())
    quoted = pd.read_csv(folder / "fx/fx_h10_daily.csv", index_col="date", parse_dates=True)["EUR_per_usd"]
    window = history.factor_moves(date(2023, 1, 6), date(2023, 6, 30))
    assert window["fx_eur"] == pytest.approx(-np.log(quoted["2023-06-30"] / quoted["2023-01-06"]))


def test_weeks_of_a_window_sum_to_the_window(folder: Path) -> None:
    history = load_history(folder)
    weeks = history.factors.loc["2023-01-13":"2023-06-30"].sum()
    window = history.factor_moves(date(2023, 1, 6), date(2023, 6, 30))
    pd.testing.assert_series_equal(weeks.drop(SCENARIO_ONLY), window.drop(SCENARIO_ONLY), check_names=False)


def test_a_value_never_outlives_its_series(folder: Path) -> None:
    change(folder / CURVE, lambda t: t.assign(DGS5=t["DGS5"].where(t["date"] <= "2024-06-05")))
    moves = load_history(folder).factors["ust_5y"]
    assert moves.last_valid_index() == pd.Timestamp("2024-05-31")


def test_a_holiday_takes_the_value_before(folder: Path) -> None:
    change(folder / CURVE, lambda t: t[t["date"] != "2023-03-10"])
    history = load_history(folder)
    curve = pd.read_csv(folder / CURVE, index_col="date", parse_dates=True)["DGS10"]
    assert history.factors.loc["2023-03-10", "ust_10y"] == pytest.approx(
        (curve["2023-03-09"] - curve["2023-03-03"]) / 100
    )


def test_negative_oil_counts_as_missing(folder: Path) -> None:
    oil = "commodities/commodities_daily.csv"
    change(folder / oil, lambda t: t.assign(WTI_usd_bbl=t["WTI_usd_bbl"].where(t["date"] != "2023-03-10", -37.0)))
    history = load_history(folder)
    before = history.levels["oil"]["2023-03-09"]
    assert history.levels["oil"]["2023-03-10"] == before


def test_a_share_may_have_the_name_of_a_series(folder: Path) -> None:
    history = load_history(folder)
    share = pd.read_csv(folder / "equities/stock_adjclose_daily.csv", index_col="date", parse_dates=True)["WTI"]
    crude = pd.read_csv(folder / "commodities/commodities_daily.csv", index_col="date", parse_dates=True)["WTI_usd_bbl"]
    np.testing.assert_allclose(history.log_prices["WTI"].loc[share.index], np.log(share))
    np.testing.assert_allclose(history.levels["oil"].loc[crude.index], np.log(crude))


def test_the_second_exchange_continues_the_first_at_its_ratio(folder: Path) -> None:
    coins = "crypto/crypto_close_daily.csv"
    change(folder / coins, lambda t: t.assign(BTC_yahoo=t["BTC_yahoo"].where(t["date"] <= "2024-03-01")))
    history = load_history(folder)
    second = pd.read_csv(folder / coins, index_col="date", parse_dates=True)["BTC_coinbase"]
    window = history.factor_moves(date(2024, 3, 1), date(2024, 9, 2))
    assert window["btc"] == pytest.approx(np.log(second["2024-09-02"] / second["2024-03-01"]))


@pytest.mark.parametrize("as_of", [date(2022, 12, 30), date(2023, 8, 9), date(2024, 5, 31)])
def test_later_rows_change_no_bit(folder: Path, as_of: date) -> None:
    known = load_history(folder, as_of)
    for file in {contract.file for contract in contracts()}:
        change(folder / file, lambda t: t[t["date"] <= as_of.isoformat()])
    assert_same(load_history(folder, as_of), known)


@pytest.mark.parametrize("as_of", [date(2013, 5, 21), date(2019, 9, 13), date(2021, 12, 31)])
def test_later_rows_of_the_real_series_change_no_bit(shared_data: Path, tmp_path: Path, as_of: date) -> None:
    for file in {contract.file for contract in contracts()}:
        header, *rows = (shared_data / file).read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row[:10] <= as_of.isoformat()]
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    assert_same(load_history(tmp_path, as_of), load_history(shared_data, as_of))


def assert_same(one: History, other: History) -> None:
    for name in ("factors", "assets", "levels", "log_prices"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_publication_lag_hides_what_was_not_yet_out(folder: Path) -> None:
    history = load_history(folder, date(2024, 5, 31))
    assert history.levels["equity_us"].last_valid_index() == pd.Timestamp("2024-05-31")
    assert history.levels["ust_10y"].last_valid_index() == pd.Timestamp("2024-05-30")
    assert history.levels["usd_broad"].last_valid_index() == pd.Timestamp("2024-05-24")


def test_a_missing_file_and_a_missing_column_are_told_together(folder: Path) -> None:
    (folder / "fx/dollar_index_daily.csv").unlink()
    change(folder / CURVE, lambda t: t.drop(columns="DGS20"))
    with pytest.raises(DataError) as caught:
        load_history(folder)
    told = {(Path(problem.file).name, problem.column) for problem in caught.value.problems}
    assert told == {("dollar_index_daily.csv", ""), ("treasury_cmt_daily.csv", "DGS20")}


@pytest.mark.parametrize(
    ("file", "edit", "column", "words"),
    [
        ("macro/fed_h41_weekly.csv", lambda t: t.assign(WRESBAL=t["WRESBAL"] / 1000), "WRESBAL", "Multiplied by 1000"),
        ("macro/onrrp_srf_daily.csv", lambda t: t.assign(RRPONTSYD_usd_bn=2.5e6), "RRPONTSYD_usd_bn", "0.001"),
        (CURVE, lambda t: t.assign(DGS10=t["DGS10"] / 100), "DGS10", "Multiplied by 100"),
        (CURVE, lambda t: t.iloc[::-1], "date", "Sort"),
        (CURVE, lambda t: t.assign(date=t["date"].where(t.index != 5, "05/01/2022")), "date", "Sort"),
        (CURVE, lambda t: t.assign(DGS10=t["DGS10"].astype(str).where(t.index != 9, "n/a?")), "DGS10", "Mend"),
        (FUNDS, lambda t: t.assign(SPY=t["SPY"].where((t.index < 50) | (t.index > 90))), "SPY", "Fill in"),
        (FUNDS, lambda t: t.assign(SPY=t["SPY"].where(t.index != 50, -1.0)), "SPY", "Mend"),
    ],
)
def test_faults_are_named_with_a_remedy(
    folder: Path, file: str, edit: Callable[[pd.DataFrame], pd.DataFrame], column: str, words: str
) -> None:
    change(folder / file, edit)
    with pytest.raises(DataError) as caught:
        load_history(folder)
    problem = caught.value.problems[0]
    assert problem.column == column
    assert problem.file.endswith(file)
    assert words in problem.hint


def test_a_window_outside_the_history_is_refused(folder: Path) -> None:
    with pytest.raises(DataError, match="window inside"):
        load_history(folder).factor_moves(date(2024, 1, 5), date(2030, 1, 4))


def test_prices_of_a_users_file_agree_with_the_history(folder: Path) -> None:
    history = load_history(folder)
    prices = pd.read_csv(folder / FUNDS, index_col="date", parse_dates=True)
    mine = daily_logs(prices, pd.DatetimeIndex(history.log_prices.index))
    pd.testing.assert_frame_equal(mine, history.log_prices[list(prices)], check_freq=False)


def test_a_folder_read_once_gives_the_history_of_any_date(folder: Path) -> None:
    tables, day = read_tables(folder), date(2023, 9, 13)
    one, other = history_of(tables, day), load_history(folder, day)
    pd.testing.assert_frame_equal(one.levels, other.levels)
    assert one.fingerprints() == other.fingerprints()
    assert one.fingerprints() != history_of(tables).fingerprints()


def test_the_real_factors_are_complete_since_2007(shared_data: Path) -> None:
    history = load_history(shared_data)
    later = {"sofr_iorb", "em_spread", "low_volatility", "sector_communication", "btc", "eth", "altcoin"}
    monthly = {"cpi_inflation", "unemployment"}
    since = history.factors.loc["2007":"2026-07-17"].drop(columns=[*later, *monthly, *SCENARIO_ONLY])
    assert since.notna().all(axis=None)
    assert len(history.assets.columns) >= 128


def test_the_implied_emerging_spread_moves_like_high_yield(shared_data: Path) -> None:
    moves = load_history(shared_data).factors.loc["2008":, ["em_spread", "hy_spread", "ust_10y"]]
    assert moves.corr().loc["em_spread", "hy_spread"] > 0.5
    assert 0.001 < moves["em_spread"].std() < 0.005
