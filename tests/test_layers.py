"""Imports go one way: spiders → harvester ← pipelines; the core needs neither Scrapy nor boto3."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import harvester
import pipelines
import spiders

ROOT = Path(__file__).parent.parent

SCRAPY_AT_THE_EDGE = {"harvester/launch.py", "harvester/settings.py"}
BOTO3 = "harvester/archive/s3.py"


def imports(path: Path) -> Iterator[str]:
    """Full names of what a file imports, also inside functions; not what only type checkers see."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


CASES = [
    pytest.param(path, id=path.relative_to(ROOT).as_posix())
    for p in ("harvester", "spiders", "pipelines")
    for path in files(p)
]


@pytest.mark.parametrize("path", CASES)
def test_each_file_imports_only_what_its_layer_may(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    found = {imported.partition(".")[0] for imported in imports(path)}
    if name.startswith("harvester/"):
        assert not found & {"spiders", "pipelines"}
    elif name.startswith("spiders/"):
        assert "pipelines" not in found
    else:
        assert "spiders" not in found
    if name.startswith("harvester/") and name not in SCRAPY_AT_THE_EDGE:
        assert not found & {"scrapy", "twisted"}
    if name != BOTO3:
        assert not found & {"boto3", "botocore"}


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in ("harvester", "spiders", "pipelines")
        for path in files(package)
    }
    edges = {name: {found for found in imports(path) if found in modules} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " → ".join((*above, name))
        if name not in done:
            for following in edges[name]:
                visit(following, (*above, name))
            done.add(name)

    for name in modules:
        visit(name, ())


def test_the_three_packages_are_this_projects() -> None:
    """`spiders`, `pipelines` and `harvester` are names of other distributions as well."""
    places = {Path(package.__file__ or "").parent.parent for package in (harvester, spiders, pipelines)}
    assert places == {ROOT}


def test_the_core_runs_without_scrapy_and_boto3() -> None:
    code = """
import sys
for name in ("scrapy", "twisted", "boto3", "botocore"):
    sys.modules[name] = None
import harvester.archive, harvester.clean, harvester.dedup.near, harvester.extract, harvester.source_run, harvester.run
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_help_is_quick_to_import() -> None:
    """Commands import what they need when they run, not before."""
    code = """
import sys
import harvester.cli
heavy = {"scrapy", "twisted", "boto3", "lxml", "turbohtml", "numpy", "pydantic", "rich"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_each_library_that_is_imported_is_declared() -> None:
    """An installation without the extras for development must not lack one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonical(re.split(r"[<>=; \[]", one)[0]) for one in project["dependencies"]}
    declared |= {"pyarrow"}  # an extra, imported where it is needed, with a word on how to install it
    declared |= {"cryptography", "rfc3161-client"}  # the extra `proof`, in the same way
    declared |= {"babel"}  # makes months.json again
    providers = importlib.metadata.packages_distributions()
    used = {
        name.partition(".")[0] for p in ("harvester", "spiders", "pipelines") for f in files(p) for name in imports(f)
    }
    foreign = used - set(sys.stdlib_module_names) - {"harvester", "spiders", "pipelines", "tests", "compression"}
    for module in foreign:
        assert {canonical(one) for one in providers.get(module, [])} & (declared | WITH_SCRAPY), module


WITH_SCRAPY = {"twisted", "protego", "pyopenssl", "service-identity", "botocore"}
"""Scrapy's and boto3's own, which their users meet in their interfaces."""


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
