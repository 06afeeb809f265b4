"""How a file is written never matters: order of rows and columns, delimiter, encoding, style of numbers, container."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from samples import workbook

from stresstest.errors import InputError

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COLUMNS = ("symbol", "quantity", "price", "currency", "name", "account")
SYMBOLS = ("SPY", "BND", "2330.TW", "BTC", "BRK.B", "VOD.L", "TSLA 15JAN27 300 P", "ZZZZ")

held = st.tuples(
    st.sampled_from(SYMBOLS),
    st.integers(-5_000_000, 5_000_000).filter(bool).map(lambda n: n / 100),
    st.integers(101, 10_000_000).map(lambda n: n / 100),
    st.sampled_from(["USD", "EUR", "TWD", "GBP"]),
    st.sampled_from(["", "Zürich", "台積電", "a, b", 'say "x"']),
    st.sampled_from(["", "ira", "joint"]),
)
books = st.lists(held, min_size=1, max_size=8)


def point(value: float) -> str:
    return f"{value:.2f}"


def thousands(value: float) -> str:
    return f"{value:,.2f}"


def comma(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def german(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def french(value: float) -> str:
    return f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")


def swiss(value: float) -> str:
    return f"{value:,.2f}".replace(",", "'")


def written(rows, style=point, delimiter=",", columns=COLUMNS) -> str:
    lines = [delimiter.join(columns)]
    for row in rows:
        cells = dict(zip(COLUMNS, row, strict=True))
        cells |= {"quantity": style(cells["quantity"]), "price": style(cells["price"])}
        lines.append(delimiter.join(_quoted(cells[name], delimiter) for name in columns))
    return "\n".join(lines) + "\n"


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & {delimiter, '"', ","} else cell


def facts(portfolio) -> list[tuple[object, ...]]:
    keys = ("symbol", "name", "asset_class", "currency", "account", "terms", "proxy", "reason")
    return [(*(getattr(p, key) for key in keys), round(p.quantity, 6), round(p.price, 6)) for p in portfolio.positions]


@QUICK
@given(books, st.permutations(COLUMNS))
def test_the_order_of_the_columns_never_matters(load, rows, columns) -> None:
    assert facts(load(written(rows, columns=columns))) == facts(load(written(rows)))


@QUICK
@given(books, st.sampled_from([thousands, comma, german, french, swiss]), st.sampled_from(",;\t|"))
def test_the_style_of_numbers_and_the_delimiter_never_matter(load, rows, style, delimiter: str) -> None:
    other, same = load(written(rows, style, delimiter)), load(written(rows))
    assert facts(other) == facts(same)
    assert other.value == pytest.approx(same.value, rel=1e-12, abs=1e-9)


@QUICK
@given(books, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp950"]))
def test_the_encoding_never_matters(load, rows, encoding: str) -> None:
    """Names aside: a single accent may also be half of a Chinese character."""
    text = written(rows)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        assume(False)
    expected = [fact[:1] + fact[2:] for fact in facts(load(text))]
    assert [fact[:1] + fact[2:] for fact in facts(load(content))] == expected


@QUICK
@given(books)
def test_a_workbook_and_json_hold_what_a_text_file_holds(load, rows) -> None:
    expected = facts(load(written(rows)))
    clean = [[cell.replace('"', "&quot;") if isinstance(cell, str) else cell for cell in row] for row in rows]
    assert facts(load(workbook({"Sheet": [COLUMNS, *clean]}))) == expected
    listed = json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], ensure_ascii=False)
    assert facts(load(listed)) == expected


@QUICK
@given(books, st.integers(2, 1000))
def test_quantities_are_linear_and_shorts_mirror_longs(load, rows, times: int) -> None:
    scaled = [(symbol, quantity * times, *rest) for symbol, quantity, *rest in rows]
    mirrored = [(symbol, -quantity, *rest) for symbol, quantity, *rest in rows]
    once = load(written(rows)).value
    assert load(written(scaled)).value == pytest.approx(times * once, rel=1e-9, abs=1e-6)
    assert load(written(mirrored)).value == pytest.approx(-once, rel=1e-12, abs=1e-9)


# ----------------------------------------------------------------------------------------- long files, both ways


@QUICK
@given(st.lists(held, min_size=1, max_size=4), st.data())
def test_rows_built_from_a_template_equal_rows_read_with_care(load, monkeypatch, rows, data) -> None:
    """Many rows of few securities, some with cells that the templates must leave to the careful way."""
    cells = [",".join((*COLUMNS[:4], "account", "market_value", "cost_basis", "acquired"))]
    for _ in range(30):
        symbol, quantity, price, currency, _, account = data.draw(st.sampled_from(rows))
        quantity = data.draw(st.sampled_from([quantity, -quantity, 2 * quantity, "1e3", "0", f'"{quantity:,}"']))
        extra = data.draw(st.sampled_from([",,", ",100.5,2020-01-02", ",,2/3/2021", ",-7,", "1e9,,"]))
        cells.append(f"{symbol},{quantity},{price},{currency},{account},{extra}")
    text = "\n".join(cells)
    fast = answer(load, text)
    with monkeypatch.context() as patch:
        patch.setattr("stresstest.holdings.bulk.Templates.build", lambda self, row: None)
        slow = answer(load, text)
    assert fast == slow


@QUICK
@given(st.data())
def test_bonds_built_from_a_template_equal_bonds_read_with_care(load, monkeypatch, data) -> None:
    """Distinct bonds differ by symbol, coupon and maturity; some symbols and cells say more than they seem to."""
    draw = data.draw
    cells = ["symbol,name,quantity,price,asset_class,coupon,maturity,market_value"]
    for _ in range(25):
        symbol = draw(st.sampled_from(["B1", "B2", "UST", "GNMA", "91282CHT1", "US91282CHT18", "912828ZZ9", "XTZ"]))
        name = draw(st.sampled_from(["", "", "Some bond", "BILL 2034"]))
        kind = draw(st.sampled_from(["bond", "bond", "bill", "", "linker"]))
        coupon = draw(st.sampled_from(["4", "4.125", "0", "", "31", "4%", "-1"]))
        end = draw(st.sampled_from(["2034-02-15", "2051-05-15", "2025-01-15", "2200-01-01", "15.02.2034", ""]))
        value = draw(st.sampled_from(["", "", "980", "98"]))
        cells.append(f"{symbol},{name},1000,98,{kind},{coupon},{end},{value}")
    text = "\n".join(cells)
    fast = answer(load, text)
    with monkeypatch.context() as patch:
        patch.setattr("stresstest.holdings.bulk.Templates.build", lambda self, row: None)
        slow = answer(load, text)
    assert fast == slow


def test_distinct_bonds_are_built_from_one_template(load, monkeypatch) -> None:
    from stresstest.holdings import interpret

    calls = []
    careful = interpret.read_position
    monkeypatch.setattr(interpret, "read_position", lambda *a: (calls.append(1), careful(*a))[1])
    rows = "".join(f"B{n},1000,{90 + n % 15},bond,{n % 8 + 0.125},20{30 + n % 30}-02-15\n" for n in range(300))
    portfolio = load("symbol,quantity,price,asset_class,coupon,maturity\n" + rows)
    assert len(calls) == 1
    assert portfolio.positions[299].terms.coupon == pytest.approx((299 % 8 + 0.125) / 100)


def answer(load, text: str) -> object:
    """All that a load says: positions, warnings and left-out rows, or the problems."""
    try:
        portfolio = load(text)
    except InputError as error:
        return error.problems
    return portfolio.positions, portfolio.cash, portfolio.warnings, portfolio.skipped


def test_templates_are_used_for_most_rows_of_a_long_file(load, monkeypatch) -> None:
    from stresstest.holdings import interpret

    calls = []
    careful = interpret.read_position
    monkeypatch.setattr(interpret, "read_position", lambda *a: (calls.append(1), careful(*a))[1])
    rows = "".join(f"SPY,{n + 1},{600 + n},2020-01-{n % 28 + 1:02d}\nZZZZ,{n + 1},5,\n" for n in range(500))
    portfolio = load("symbol,quantity,price,acquired\n" + rows)
    assert len(portfolio.positions) == 1000
    assert len(calls) == 2
    unknown = [w for w in portfolio.warnings if "Unknown symbol" in w.hint]
    assert len(unknown) == 21  # twenty rows by name, and one line that counts the others
    assert unknown[-1].found == "480 more rows like this"
