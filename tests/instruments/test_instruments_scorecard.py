"""The section "instruments" of the scorecard: what needs a folder says so, the rest passes."""

from datetime import date

from stresstest.records import Evidence
from stresstest.validation.instruments import checks


def test_without_a_folder_the_files_are_skipped_and_the_models_pass():
    made = checks(Evidence())
    skipped = [check for check in made if check.passed is None]
    assert {check.id for check in skipped} == {"I1", "I2.TLT", "I2.LQD", "I2.HYG", "I3"}
    assert all("--data" in check.note for check in skipped)
    assert all(check.passed for check in made if check.passed is not None)


def test_with_a_folder_every_check_passes_and_beats_its_rival(shared_data):
    made = checks(Evidence(data=shared_data))
    assert [check.id for check in made if not check.passed] == []
    for check in made:
        if check.rival:
            assert check.value < check.rival_value, check.id


def test_files_from_after_the_date_are_not_opened(tmp_path):
    made = checks(Evidence(data=tmp_path, as_of=date(2020, 1, 1)))
    assert {check.note.split()[0] for check in made if check.passed is None} == {"needs"}
