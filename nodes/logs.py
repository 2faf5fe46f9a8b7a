"""Structured logs to stderr: JSON lines for machines, or text for a person. An alarm has the field `alarm`: true."""

import logging
import sys
from typing import Any

import structlog

ALARM = "alarm"


def set_up_logs(log_format: str, level: str, process: str) -> None:
    """Configure once per process; `process` is `door` or `kernel` and stands in every line."""
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    if log_format == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            lambda logger, method, line: {**line, "process": process},
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_log() -> Any:
    """The logger of this process."""
    return structlog.get_logger()


def raise_alarm(event: str, **values: object) -> None:
    """A line that somebody must look at: a defect of ours, a clock that jumped, a process that died."""
    get_log().error(event, **{ALARM: True}, **values)
