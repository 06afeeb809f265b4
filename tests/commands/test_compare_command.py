"""``compare``: every fault of every file at once, and losses that need no double negative."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstest.commands.compare import compare, loss_text
from stresstest.errors import InputError
from stresstest.study.options import Options


@pytest.mark.parametrize(
    ("loss", "text"), [(0.123, "12.3 %"), (-0.031, "gain 3.1 %"), (0.0, "0.0 %"), (-1e-5, "0.0 %")]
)
def test_a_loss_has_no_sign_and_a_gain_says_so(loss: float, text: str) -> None:
    assert loss_text(loss) == text


def test_the_faults_of_all_files_and_choices_are_told_at_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("symbol,quantity,price\nSPY,ten,700\n", encoding="utf-8")
    second.write_text("symbol,quantity,price\nSPY,10,700\nQQQ,1,-600\nIWM,x,290\n", encoding="utf-8")
    names = [str(first), str(second), str(tmp_path / "missing.csv"), "example:sixty_forty", str(first)]
    with pytest.raises(InputError) as caught:
        compare(names, Options(scenarios=("no-such-story",), plan="no-such-plan"))
    places = [(problem.file, problem.row) for problem in caught.value.problems]
    assert {("first.csv", 2), ("second.csv", 3), ("second.csv", 4)} <= set(places)
    assert len(places) == 6, "a plan, a scenario, three cells and a file that is not there"
