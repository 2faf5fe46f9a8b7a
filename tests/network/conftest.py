"""Fixtures of the tests that need a network, and what they measured, told at the end of the run."""

from collections.abc import Callable

import pytest

MEASURED: list[tuple[str, float]] = []


@pytest.fixture
def tell_healing(request: pytest.FixtureRequest) -> Callable[[str, float], None]:
    """Note how long the network took to move again after something was healed."""

    def tell(what: str, seconds: float) -> None:
        MEASURED.append((f"{request.node.name}: {what}", seconds))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Seconds from healing until all nodes make blocks; the product's promise is 15 on a machine of its own."""
    if MEASURED:
        terminalreporter.section("seconds until the network moved again")
    for what, seconds in MEASURED:
        terminalreporter.write_line(f"{seconds:6.1f}  {what}")
