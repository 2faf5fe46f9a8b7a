"""Renders docs/rejections.md: each numbered ground of refusal with a heading, in English and Chinese.

`make docs` writes the page; a test fails when it is stale. Messages and numbers live in each domain's rejections.py.
"""

import sys
from types import ModuleType

import identity.rejections
import ledger.rejections
import nodes.inbox.rejections
import pledges.rejections
import receivables.rejections
from ledger.errors import Reason

DOMAINS: tuple[ModuleType, ...] = (
    ledger.rejections,
    identity.rejections,
    pledges.rejections,
    receivables.rejections,
    nodes.inbox.rejections,
)

PREAMBLE = """# Rejections

A refused command changes no state record. Its answer carries the code, the number of the field at fault, the index of
the command in its transaction, and the message in both languages. A code is never reused nor given another meaning.
Within a domain they are listed in order of precedence: when several grounds hold, the first is given.

This page is generated from the code by `make docs`.
"""


def list_reasons(domain: ModuleType) -> list[Reason]:
    """The reasons that a rejections module holds at its top level, in the order in which it defines them."""
    return [value for value in vars(domain).values() if isinstance(value, Reason)]


def render() -> str:
    """The whole page."""
    parts = [PREAMBLE]
    seen: set[int] = set()
    for domain in DOMAINS:
        parts.append(f"\n## {domain.__name__.partition('.')[0]}\n")
        for reason in list_reasons(domain):
            if reason.code not in seen:
                seen.add(reason.code)
                parts.append(f"\n### {reason.code} {reason.name}\n\n{reason.english}\n\n{reason.chinese}\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
