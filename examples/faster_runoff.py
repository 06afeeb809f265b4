"""What does a faster runoff add to the tail of one portfolio? The same markets, three plans."""

from __future__ import annotations

import stresstest as st
from stresstest.risk import plan_increment


def main(paths: int = 2000) -> dict[float, float]:
    """Added expected shortfall, percent of value, by pace in USD bn a month."""
    portfolio = st.load_portfolio("example:sixty_forty")
    hold = st.stress(portfolio, st.generate(st.runoff_plan(pace=0), paths=paths))
    added = {}
    for pace in (30.0, 60.0, 95.0):
        faster = st.stress(portfolio, st.generate(st.runoff_plan(pace=pace), paths=paths))
        increment = plan_increment(faster, hold, (f"USD {pace:g} bn a month", "no runoff")).es_95
        added[pace] = 100 * increment.value
        size = f"{added[pace]:+.2f} percent of value (standard error {100 * increment.error:.2f})"
        print(f"USD {pace:.0f} bn a month: {size}")
    return added


if __name__ == "__main__":
    main()
