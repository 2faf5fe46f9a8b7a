"""One run of pytest inside a forked process, over chosen tests, with or without a mutant in its module.

The process starts with foreign packages imported and our own not: a run costs what its tests cost, and a mutant is in
place before anything imports it. Property tests draw the same examples each time, and do not shrink what they find.
"""

import ast
import importlib
import importlib.util
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, Phase, settings

from tests.mutants.modules import ROOT

PROFILE = "mutants"
OPTIONS = (
    "-q", "-p", "no:cacheprovider", "-p", "no:pytest_cov", "--assert=plain", "--tb=short",
    f"--hypothesis-profile={PROFILE}",
)  # fmt: skip
FORK = multiprocessing.get_context("fork")
POSTGRESQL_FIXTURES = frozenset({"postgres_url", "postgres_server"})
settings.register_profile(
    PROFILE,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=(HealthCheck.too_slow,),
)


class Chosen:
    """Keeps the chosen tests, in the chosen order; without a choice all that need no server."""

    def __init__(self, tests: Sequence[str] | None) -> None:
        self._order = None if tests is None else {test: at for at, test in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """pytest's hook."""
        if self._order is None:
            items[:] = [item for item in items if not _needs_server(item)]
        else:
            order = self._order
            items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])


class Watch:
    """Notes how long each test took, how it ended, and with `coverage` which lines it reached."""

    def __init__(self, coverage: Coverage | None) -> None:
        self._coverage = coverage
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """pytest's hook."""
        if self._coverage is not None:
            self._coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """pytest's hook."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed:
            self.failed.add(report.nodeid)


class MutantFinder:
    """Gives one module of ours another code, wherever it is imported."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self._name = path.removesuffix(".py").replace("/", ".")
        self._file = str(ROOT / path)
        self._code = compile(tree, self._file, "exec")

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The import system's hook."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._file, loader=_Loader(name, self._file, self._code))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, file: str, code: CodeType) -> None:
        super().__init__(name, file)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def run_tests(paths: Sequence[str], plugins: Sequence[object], mutant: MutantFinder | None = None) -> int:
    """Run pytest in this process, with a mutant up to the first failure; its exit code."""
    os.chdir(ROOT)
    stop = []
    if mutant is not None:
        sys.meta_path.insert(0, mutant)
        stop = ["-x"]
    return int(pytest.main([*OPTIONS, *stop, *paths], plugins=list(plugins)))


def start_process(work: Callable[..., None], output: Path, *arguments: Any) -> BaseProcess:
    """Start a forked process whose output goes to a file."""
    process = FORK.Process(target=_run_apart, args=(work, output, arguments), daemon=True)
    process.start()
    return process


def list_foreign_modules() -> list[str]:
    """What this process has imported that no mutant can touch: all but our own code and tests."""
    ours = [str(ROOT / name) for name in ("ledger", "identity", "pledges", "receivables", "nodes", "tests")]
    return sorted(
        name
        for name, module in sys.modules.items()
        if not str(getattr(module, "__file__", None) or "").startswith(tuple(ours))
        and name.partition(".")[0] != "tests"
    )


def import_foreign_modules(names: Sequence[str]) -> None:
    """Import them once, for all processes that are forked from now on; what cannot be imported so is passed over."""
    for name in names:
        if name not in sys.modules and name.partition(".")[0] != "conftest":
            try:
                importlib.import_module(name)
            except ImportError:
                continue


def _run_apart(work: Callable[..., None], output: Path, arguments: Sequence[Any]) -> None:
    handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    work(*arguments)


def _needs_server(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return not POSTGRESQL_FIXTURES.isdisjoint(fixtures) or "postgresql" in item.nodeid
