"""An update against a server on this machine that answers in the shapes of the real sources, faults included."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from sources_server import TODAY, WAITS, Answer, LocalSources, csv_answer, json_answer, limit, serving, wait_like_a_test

from stresstest.errors import InputError, NoAnswerError
from stresstest.live import edition, yahoo
from stresstest.live.sources import setting, sources
from stresstest.live.update import Line, Update, update
from stresstest.market.cache import cached_prices, current_edition, manifest

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalSources]:
    """Sources on the loopback, an empty cache, and waits that a test can afford."""
    monkeypatch.setenv("STRESSTEST_CACHE", str(tmp_path / "cache"))
    wait_like_a_test(monkeypatch)
    with serving(LocalSources()) as sources_here:
        monkeypatch.setenv("STRESSTEST_LOOPBACK_PORT", str(sources_here.port))
        yield sources_here


def line(done: Update, column: str) -> Line:
    return next(found for found in done.lines if found.column == column)


def page() -> Answer:
    return 200, "text/html", b"<!DOCTYPE html><p>Access denied</p>", {}


def test_every_series_arrives_and_the_folder_has_the_layout_of_data(local: LocalSources) -> None:
    done = update(today=TODAY)
    assert {found.state for found in done.lines} == {"fresh"}
    folder = current_edition() / "series"  # type: ignore[operator]
    for source in sources():
        header = (folder / source.file).read_text(encoding="utf-8").partition("\n")[0].split(",")
        assert source.column in header, source
    assert manifest(current_edition())["fetched_on"] == TODAY.isoformat()  # type: ignore[arg-type]


def test_the_table_agrees_with_the_contracts_of_the_folder() -> None:
    from stresstest.market.contracts import contracts

    named = {(c.file, c.column): c for c in contracts()}
    both = [(source, named[source.place]) for source in sources() if source.place in named]
    assert len(both) > 40
    for source, contract in both:
        assert (source.unit, source.low, source.high) == (contract.unit, contract.low, contract.high), source


def test_two_hundred_symbols_with_four_429_in_time(local: LocalSources, monkeypatch: pytest.MonkeyPatch) -> None:
    """One symbol is asked to come again: it waits, and the others do not wait with it."""
    waits = list[float]()
    monkeypatch.setattr(yahoo, "time", SimpleNamespace(sleep=waits.append))
    wait_like_a_test(monkeypatch, WAITS | {"first_wait": 1.0})
    local.fail(r"chart/S117", limit, times=4)
    symbols = {f"S{i:03d}": f"S{i:03d}" for i in range(200)}
    done = update(symbols, only=["yahoo"])
    assert {line(done, symbol).state for symbol in symbols} == {"fresh"}
    assert len(cached_prices()) == 200
    assert 1.0 <= sum(waits) < 15.0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: (403, "text/plain", b"Forbidden", {}), "HTTP 403"),
        (lambda: (404, "text/plain", b"", {}), "HTTP 404"),
        (page, "web page"),
        (lambda: csv_answer("DAY,VALUE\n2026-01-01,3\n"), "columns DAY, VALUE"),
        (lambda: csv_answer("observation_date,DGS10\n2026-01-01,soon\n"), "cannot be read"),
        (lambda: csv_answer("observation_date,DGS10\n2026-01-01,412\n"), "multiplied by 0.01 they would fit"),
        (lambda: csv_answer(f"observation_date,DGS10\n{TODAY + timedelta(days=9)},4.1\n"), "still to come"),
        (lambda: csv_answer(""), "nothing at all"),
        (limit, "HTTP 429"),
        (lambda: (503, "text/plain", b"busy", {}), "HTTP 503"),
    ],
)
def test_a_source_that_fails_is_named_and_the_next_one_is_asked(local: LocalSources, answer, said: str) -> None:  # type: ignore[no-untyped-def]
    local.fail(r"id=DGS10\b", answer)
    found = line(update(only=["fred", "treasury"]), "DGS10")
    assert (found.state, found.provider) == ("fresh", "treasury")
    assert said in found.detail


def test_a_silent_source_does_not_hang_the_update(local: LocalSources, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = threading.Event()

    def silent() -> Answer:
        spoken.wait()
        return csv_answer("observation_date,MORTGAGE30US\n")

    wait_like_a_test(monkeypatch, WAITS | {"timeout_read": 1.0})
    local.fail(r"id=MORTGAGE30US", silent)
    try:
        found = line(update(only=["fred"]), "MORTGAGE30US")
    finally:
        spoken.set()
    assert found.state == "missing"
    assert "unreachable" in found.detail


@pytest.mark.parametrize("body", [b'{"refRates": [{"effectiveDa', b'{"rates": []}', b'{"refRates": [{"when": 1}]}'])
def test_truncated_or_changed_json_falls_back(local: LocalSources, body: bytes) -> None:
    local.fail(r"secured/sofr", lambda: (200, "application/json", body, {}))
    found = line(update(only=["nyfed", "fred"]), "SOFR")
    assert (found.state, found.provider) == ("fresh", "fred")
    assert "nyfed: not data" in found.detail


def test_a_wait_that_the_source_asks_for_is_kept_and_an_endless_one_is_not(local: LocalSources) -> None:
    local.fail(r"id=UNRATE", lambda: limit("1"), times=1)
    local.fail(r"id=GDP\b", lambda: limit("86400"))
    begun = time.perf_counter()
    done = update(only=["fred"])
    assert time.perf_counter() - begun >= 1.0
    assert line(done, "UNRATE").state == "fresh"
    assert "asks to wait 86400 s" in line(done, "GDP_usd_bn_saar").detail


def test_what_fails_later_keeps_its_older_values(local: LocalSources) -> None:
    update(only=["fred"])
    local.fail(r"id=VIXCLS", page)
    local.changes["GDP"] = 1000.0
    done = update(only=["fred"])
    assert line(done, "VIX").state == "kept"
    assert line(done, "VIX").newest is not None
    assert line(done, "GDP_usd_bn_saar").state == "kept"
    assert "unit" in line(done, "GDP_usd_bn_saar").detail


def test_nothing_reachable_changes_nothing(local: LocalSources) -> None:
    before = update(only=["fred"]).edition
    local.fail(r".", lambda: (403, "text/plain", b"", {}))
    with pytest.raises(NoAnswerError, match="no source could be read"):
        update()
    assert current_edition().name == before  # type: ignore[union-attr]


def test_an_interrupted_write_leaves_the_old_edition_in_force(
    local: LocalSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = update(only=["fred"]).edition

    def full(*arguments: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(edition, "_put", full)
    with pytest.raises(OSError, match="No space"):
        update(only=["fred"])
    assert current_edition().name == before  # type: ignore[union-attr]
    assert not list((current_edition().parent).glob(".staging-*"))  # type: ignore[union-attr]


def test_only_so_many_editions_are_kept_and_one_update_runs_at_a_time(local: LocalSources) -> None:
    for _ in range(5):
        update(only=["treasury"])
    assert len(list(current_edition().parent.iterdir())) == setting("editions_kept")  # type: ignore[union-attr]
    with edition.lock(), pytest.raises(InputError, match="another update"):
        update(only=["treasury"])


def test_prices_of_the_user_come_with_currency_and_sane_durations(local: LocalSources) -> None:
    done = update({"BP.L": "BP.L", "AGGY": "AGGY", "=cmd": "=cmd|calc!"}, only=["yahoo"])
    prices = cached_prices()
    assert prices["BP.L"].currency == "GBP"
    assert prices["BP.L"].price == pytest.approx(1.0)  # a hundred pence
    assert prices["AGGY"].duration == pytest.approx(6.1)
    assert line(done, "=cmd").state == "missing"
    assert not any("calc" in path for path in local.asked)


def test_a_symbol_that_yahoo_does_not_have_is_said_to_be_missing(local: LocalSources) -> None:
    gone = {"chart": {"result": None, "error": {"code": "Not Found", "description": "No data found"}}}
    local.fail("chart/GONE", lambda: (404, "application/json", json.dumps(gone).encode(), {}))
    local.fail("quoteSummary/GONE", lambda: (404, "application/json", b"{}", {}))
    local.fail("chart/TORN", lambda: (200, "application/json", b'{"chart": {"resu', {}))
    local.fail("chart/EMPTY", lambda: json_answer({"chart": {"result": [], "error": None}}))
    done = update({name: name for name in ("GONE", "TORN", "EMPTY", "GOOD")}, only=["yahoo"])
    assert [line(done, name).state for name in ("GONE", "TORN", "EMPTY", "GOOD")] == ["missing"] * 3 + ["fresh"]
