"""Fixtures that several stages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def no_user_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests see the embedded snapshot, whatever has been fetched on this machine."""
    os.environ["STRESSTEST_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real series and broker files, for calibration and tests only; not part of the project."""
    folder = Path(os.environ.get("STRESSTEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the real series are not on this machine (set STRESSTEST_DATA)")
    return folder
