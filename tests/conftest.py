"""Fixtures that several stages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
#: What a machine may have set and a test must not see: terminals, proxies, keys, and switches of our own.
FOREIGN = (
    "COLUMNS", "LINES", "FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "GITHUB_ACTIONS", "PYTHONWARNINGS", "PYTHONDEVMODE", "TERMINAL_WIDTH", "_TYPER_FORCE_DISABLE_TERMINAL",
    "TYPER_USE_RICH", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "FRED_API_KEY", "STRESSTEST_LOOPBACK_PORT",
)  # fmt: skip
for _name in FOREIGN:  # before a test module imports a library that looks at them
    os.environ.pop(_name, None)
# The same examples in every run, whatever the load: `pytest --hypothesis-profile=default` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("steady")


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
