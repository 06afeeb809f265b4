"""Small files in every container and layout, written for the tests; the numbers are invented."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

PLAIN = (
    "# my holdings\nsymbol,quantity,price,currency,asset_class,coupon,maturity,cost_basis,acquired,tag_bucket\n"
    "SPY,10,700.25,USD,,,,5000,2020-01-02,core\n2330.TW,1000,2000,,,,,,,\nUST,10000,98.5,,bond,4.25,2035-05-15,,,\n"
    'CASH,-5000,,,,,,,,\nCASH.EUR,"1,000.50",,,,,,,,\nBTC,0.5,70000,,,,,,,\nTSLA 15JAN27 300 P,-2,18.45,,,,,,,\n'
)
EUROPE = (
    "Wertpapier;ISIN;Anzahl;Kurs;Währung;Marktwert\n"
    "Apple Inc;US0378331005;10;200,50;USD;2.005,00\nSAP SE;DE0007164600;1.250;150,25;EUR;187.812,50\n"
    "Gesamt;;;;;\n"
)
TAIWAN = (
    "範例證券 庫存查詢\n查詢日期：115/07/28\n股票代號,股票名稱,交易種類,庫存股數,平均成本,現價,市值,付出成本\n"
    '2330,台積電,現股,"2,000",800,"1,010","2,020,000","1,600,000"\n="0050",元大台灣50,融資,100,50,52,"5,200","2,000"\n'
    '3008,大立光,融券,"-10","2,400","2,310","-23,100",--\n合計,,,,,,"2,002,100",\n'
)
LEDGER = (
    "Date,Action,Symbol,Quantity,Price,Currency,Fee\n2026-01-05,Buy,SPY,10,600,USD,1\n2026-02-05,Buy,SPY,5,610.5,USD,1\n"
    "2026-03-05,Sell,SPY,12,620,USD,1\n2026-03-06,Dividend,SPY,,,USD,\n2026-03-07,Buy,MSFT,3,500,USD,0\n"
)
OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\n\n<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><DTASOF>20260728\n"
    "<CURDEF>USD<INVACCTFROM><BROKERID>b<ACCTID>55551234</INVACCTFROM><INVPOSLIST>\n"
    "<POSSTOCK><INVPOS><SECID><UNIQUEID>037833100<UNIQUEIDTYPE>CUSIP</SECID><HELDINACCT>CASH<POSTYPE>LONG<UNITS>10\n"
    "<UNITPRICE>300<MKTVAL>3000<DTPRICEASOF>20260728</INVPOS></POSSTOCK>\n"
    "<POSOPT><INVPOS><SECID><UNIQUEID>X1<UNIQUEIDTYPE>OTHER</SECID><POSTYPE>SHORT<UNITS>2<UNITPRICE>5<MKTVAL>-1000\n"
    "</INVPOS></POSOPT>\n<POSDEBT><INVPOS><SECID><UNIQUEID>91282CJZ5<UNIQUEIDTYPE>CUSIP</SECID><POSTYPE>LONG\n"
    "<UNITS>10000<UNITPRICE>98.75<MKTVAL>9875</INVPOS></POSDEBT></INVPOSLIST>\n"
    "<INVBAL><AVAILCASH>200.00<MARGINBALANCE>-50.00<SHORTBALANCE>0<BALLIST><BAL><NAME>Total Account Value"
    "<BALTYPE>DOLLAR<VALUE>12025.00</BAL></BALLIST></INVBAL></INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1>\n"
    "<SECLISTMSGSRSV1><SECLIST><STOCKINFO><SECINFO><SECID><UNIQUEID>037833100</SECID><SECNAME>APPLE &amp; CO\n"
    "<TICKER>AAPL</SECINFO></STOCKINFO><OPTINFO><SECINFO><SECID><UNIQUEID>X1</SECID><SECNAME>SPY PUT<TICKER>SPYP\n"
    "</SECINFO><OPTTYPE>PUT<STRIKEPRICE>600<DTEXPIRE>20261218<SHPERCTRCT>100</OPTINFO><DEBTINFO><SECINFO><SECID>"
    "<UNIQUEID>91282CJZ5</SECID><SECNAME>US TREASURY NOTE</SECINFO><COUPONRT>4<DTMAT>20340215</DEBTINFO></SECLIST>"
    "</SECLISTMSGSRSV1></OFX>\n"
)
FLEX = (
    '<FlexQueryResponse queryName="q"><FlexStatements count="1"><FlexStatement toDate="20260728">\n'
    '<AccountInformation currency="CHF"/>\n<OpenPositions>\n'
    '<OpenPosition currency="USD" fxRateToBase="0.8" assetCategory="STK" symbol="AAPL" position="10" markPrice="300"'
    ' positionValue="3000" levelOfDetail="SUMMARY"/>\n'
    '<OpenPosition currency="USD" fxRateToBase="0.8" assetCategory="STK" symbol="AAPL" position="10" markPrice="300"'
    ' positionValue="3000" levelOfDetail="LOT"/>\n'
    '<OpenPosition currency="USD" fxRateToBase="0.8" assetCategory="OPT" symbol="SPY   261218P00600000" position="-1"'
    ' markPrice="8" multiplier="100" strike="600" expiry="20261218" putCall="P"/>\n'
    "</OpenPositions>\n<CashReport>\n"
    '<CashReportCurrency currency="BASE_SUMMARY" endingCash="-800"/>\n'
    '<CashReportCurrency currency="USD" endingCash="-1000"/>\n'
    "</CashReport>\n</FlexStatement></FlexStatements></FlexQueryResponse>\n"
)
JSON = (
    '{"holdings": [\n{"symbol": "SPY", "shares": 10, "currentPrice": 700.125},\n'
    '{"symbol": "BND", "shares": "1,000", "currentPrice": 72}\n]}\n'
)
ACTIVITIES = (
    '{"activities": [\n{"type": "BUY", "symbol": "MSFT", "quantity": 5, "unitPrice": 300, "currency": "USD", "fee": 1,'
    ' "date": "2021-09-16T00:00:00.000Z"},\n{"type": "SELL", "symbol": "MSFT", "quantity": 2, "unitPrice": 310,'
    ' "currency": "USD", "fee": 0, "date": "2022-09-16T00:00:00.000Z"}\n]}\n'
)
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """A workbook with inline strings, numbers, and dates as ``("date", serial)`` in the second cell style."""
    parts = {
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_REL}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{i}" r:id="r{i}"/>' for i, name in enumerate(sheets, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": "<Relationships>"
        + "".join(f'<Relationship Id="r{i}" Target="worksheets/s{i}.xml"/>' for i in range(1, len(sheets) + 1))
        + "</Relationships>",
        "xl/styles.xml": f'<styleSheet {_NS}><numFmts><numFmt numFmtId="170" formatCode="0000"/></numFmts><cellXfs>'
        '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    }
    for i, rows in enumerate(sheets.values(), 1):
        body = "".join(f'<row r="{n}">{"".join(map(_cell, row))}</row>' for n, row in enumerate(rows, 1))
        parts[f"xl/worksheets/s{i}.xml"] = f"<worksheet {_NS}><sheetData>{body}</sheetData></worksheet>"
    return packed(parts)


def packed(parts: dict[str, str]) -> bytes:
    """A ZIP archive of the parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        return f'<c s="{1 if value[0] == "date" else 2}"><v>{value[1]}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value}</v></c>"


_HEAD = ["Symbol", "Quantity", "Price", "Market Value"]
WORKBOOK = workbook(
    {
        "Stocks": [_HEAD, ["VTI", 100, 285.125, 28512.5], ["TSLA", -10, "330.50", -3305], ["Total", "", "", 25207.5]],
        "More": [_HEAD, ["BND", "1,000", 72, 72000]],
    }
)
CONTAINERS: dict[str, str | bytes] = {
    "plain": PLAIN, "europe": EUROPE, "taiwan": TAIWAN, "ledger": LEDGER, "ofx": OFX, "flex": FLEX, "json": JSON,
    "activities": ACTIVITIES, "workbook": WORKBOOK,
}  # fmt: skip
