"""The New York Fed's list of SOMA Treasury holdings as a file of the series folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from .client import FetchError

#: Column of the file and key of the New York Fed.
COLUMNS = {
    "cusip": "cusip",
    "security_type": "securityType",
    "maturity_date": "maturityDate",
    "spread": "spread",
    "coupon": "coupon",
    "par_value": "parValue",
    "inflation_compensation": "inflationCompensation",
    "percent_outstanding": "percentOutstanding",
}


def soma_table(day: date, rows: Sequence[Mapping[str, str]]) -> str:
    """CSV text, one row for each CUSIP, par in USD. Raises FetchError where a maturity or a par cannot be read."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("as_of_date", *COLUMNS))
    for row in rows:
        try:
            date.fromisoformat(str(row["maturityDate"]))
            float(str(row["parValue"]))
        except (KeyError, ValueError):
            raise FetchError(
                "not_data", f"SOMA holding {str(row.get('cusip'))[:12]!r} has no maturity or par"
            ) from None
        writer.writerow((day.isoformat(), *(str(row.get(key) or "") for key in COLUMNS.values())))
    return out.getvalue()
