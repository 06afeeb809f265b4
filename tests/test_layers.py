"""Imports run one way: the syntax tree of every module is read, nothing is executed."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "stresstest"
COMMONS = {"errors", "units", "tables", "records", "files", "toml_text", "workers"}
JOINERS = {
    "market", "holdings", "plumbing", "transmission", "exposures", "scenarios", "instruments", "stress", "risk",
    "allocation",
}  # fmt: skip
MAY_IMPORT = {
    "errors": set(),
    "files": set(),
    "toml_text": {"errors"},
    "workers": set(),
    "units": {"errors"},
    "tables": {"errors", "units"},
    "records": {"errors", "tables"},
    "market": COMMONS,
    "live": COMMONS | {"market"},
    "holdings": COMMONS,
    "plumbing": COMMONS,
    "instruments": COMMONS,
    "risk": COMMONS,
    "transmission": COMMONS,
    "exposures": COMMONS,
    "scenarios": COMMONS | {"plumbing", "transmission"},
    "stress": COMMONS | {"instruments"},
    "allocation": COMMONS | {"risk"},
    "report": COMMONS,
    "study": COMMONS | JOINERS | {"__init__"},
    "run": COMMONS | JOINERS | {"study"},
    "calibrate": COMMONS | JOINERS | {"__init__"},
    "validation": COMMONS | JOINERS | {"run", "study", "calibrate"},
    "commands": COMMONS | JOINERS | {"run", "study", "calibrate", "validation", "report", "live"},
    "api": COMMONS | JOINERS | {"run", "report", "study"},
    "serve": COMMONS | {"holdings", "plumbing", "scenarios", "run", "report", "study"},
    "cli": {"errors", "run", "report", "calibrate", "commands", "study", "serve", "__init__"},
    "__main__": {"cli"},
    "__init__": {"api"},
}


def stage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_stages(path: Path) -> set[str]:
    """Stages of ours that a file imports, at any depth of its syntax tree."""
    depth = len(path.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
            found |= {
                name if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file() else "__init__"
                for name in names
            }
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "stresstest":
            found |= set(node.module.split(".")[1:2]) or {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("stresstest.")}
    return found


def test_every_stage_has_a_rule() -> None:
    assert {stage_of(path) for path in PACKAGE.rglob("*.py")} <= set(MAY_IMPORT)


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)} must not import {target}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for target in sorted(imported_stages(path) - MAY_IMPORT[stage_of(path)] - {stage_of(path)})
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rules_themselves_have_no_cycle() -> None:
    """Following the permissions from any stage never leads back to it (the lazy package door apart)."""
    for stage in MAY_IMPORT:
        reached, frontier = set(), set(MAY_IMPORT[stage]) - {"__init__"}
        while frontier:
            reached |= frontier
            frontier = set().union(*(MAY_IMPORT[name] for name in frontier)) - reached - {"__init__"}
        assert stage not in reached
