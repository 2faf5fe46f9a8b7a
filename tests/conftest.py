"""What all tests share: hypothesis without wall-clock deadlines, since the machines are noisy, and databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.databases import KINDS, POSTGRESQL, make_database
from tests.support.postgres import PostgresServer, get_server

settings.register_profile("hefu", deadline=None, print_blob=True)
settings.load_profile("hefu")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new, empty database: the test runs once on each kind."""
    with make_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """A new, empty database of PostgreSQL's, for what only it can do."""
    with make_database(POSTGRESQL, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_server() -> PostgresServer:
    """The tests' own server."""
    return get_server()
