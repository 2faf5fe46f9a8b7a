"""One run of pytest inside a process, over chosen tests, with or without a mutant in the place of its module.

The process starts with foreign packages imported and our own not: a run costs what its tests cost, and a mutant is in
place before anything imports it. Property tests draw the same examples each time, and do not shrink what they find.
"""

import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, Phase, settings

from tests.support.core import ROOT

PROFILE = "mutants"
OPTIONS = (
    "-q", "-p", "no:cacheprovider", "-p", "no:pytest_cov", "--assert=plain", "--tb=short",
    "--continue-on-collection-errors",
    f"--hypothesis-profile={PROFILE}",
)  # fmt: skip
# The dear ones among the packages that the code imports; each brings what it needs itself.
FOREIGN = (
    "alembic.command", "cryptography.x509", "google.protobuf.json_format", "grpc.aio", "hefu.v1.node_pb2", "numpy",
    "nacl.signing", "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql", "hypothesis.stateful",
)  # fmt: skip
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
    """Notes how long each test took, which failed, in order, and with `coverage` which lines each reached.

    `uncollected` are the modules of tests that could not be imported; the others run all the same.
    """

    def __init__(self, coverage: Coverage | None = None, is_one_failure_enough: bool = False) -> None:
        self._coverage = coverage
        self._is_one_failure_enough = is_one_failure_enough
        self._session: pytest.Session | None = None
        self.seconds: dict[str, float] = {}
        self.failed: list[str] = []
        self.uncollected: list[str] = []

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """pytest's hook."""
        self._session = session

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """pytest's hook."""
        if report.failed:
            self.uncollected.append(report.nodeid)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """pytest's hook."""
        if self._coverage is not None:
            self._coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """pytest's hook."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration
        if report.failed and report.nodeid not in self.failed:
            self.failed.append(report.nodeid)
            if self._is_one_failure_enough and self._session is not None:
                self._session.shouldfail = "one failure is enough"


class MutantFinder:
    """Gives one module of ours another code, wherever it is imported from now on."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.name = path.removesuffix(".py").replace("/", ".")
        if self.name in sys.modules:
            raise RuntimeError(f"{self.name} is here already, without its mutant")
        self._file = str(ROOT / path)
        self._code = compile(tree, self._file, "exec")

    def find_spec(self, name: str, path: object = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """The import system's hook."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self._file, loader=_Loader(name, self._file, self._code))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, file: str, code: CodeType) -> None:
        super().__init__(name, file)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def put_in_place(mutant: MutantFinder) -> None:
    """Import a mutant in the place of its module. Any error of it is the mutant's own."""
    sys.meta_path.insert(0, mutant)
    importlib.import_module(mutant.name)


def run_tests(paths: Sequence[str], plugins: Sequence[object]) -> int:
    """Run pytest in this process; its exit code."""
    os.chdir(ROOT)
    return int(pytest.main([*OPTIONS, *paths], plugins=list(plugins)))


def import_foreign_modules() -> None:
    """Import what our tests import and is not ours, once, for all processes that are forked from now on."""
    for name in FOREIGN:
        importlib.import_module(name)


def _needs_server(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return not POSTGRESQL_FIXTURES.isdisjoint(fixtures) or "postgresql" in item.nodeid
