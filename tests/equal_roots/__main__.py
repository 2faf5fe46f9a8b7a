"""`python -m tests.equal_roots --operations N --seed S`: exit 1 where SQLite and PostgreSQL do not agree.

With --record FILE the lives are played on SQLite alone and written to a file; with --replay FILE, perhaps on another
Python, they are played again and must give what the file says.
"""

import argparse
import hashlib
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.equal_roots.ledgers import Ledger, Outcome
from tests.equal_roots.lives import Life, LifePlan, Submitted, plan_lives
from tests.equal_roots.recording import Recording, read_recording, record
from tests.simulator.market import Market
from tests.support.databases import KINDS, SQLITE, make_database
from tests.support.replay import Divergence


class Tally:
    """What was compared."""

    def __init__(self) -> None:
        self.lives = self.blocks = self.rows = 0
        self.codes = Counter[int]()

    def add(self, outcome: Outcome) -> None:
        """One block."""
        self.blocks += 1
        self.codes.update(outcome.codes)

    def describe(self) -> str:
        """In one line."""
        operations, done = self.codes.total(), self.codes[0]
        refused = f"{operations - done} refused for {len(self.codes) - bool(done)} reasons"
        return f"{operations} operations in {self.lives} lives and {self.blocks} blocks: {done} done, {refused}"


def play_life(plan: LifePlan, kinds: Sequence[str], recording: Recording, tally: Tally) -> None:
    """One life on a new database of each kind; after each block, and at its end, they must agree."""
    life = Life(plan)
    recording.begin_life(plan)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = [stack.enter_context(make_database(kind, folder)) for kind in kinds]
        # The members look at the first.
        watching = [[life.sight] if at == 0 else [] for at in range(len(urls))]
        ledgers = [
            stack.enter_context(Ledger(url, life.market, seen)) for url, seen in zip(urls, watching, strict=True)
        ]
        for block in life.make_blocks():
            outcomes = [ledger.play(block) for ledger in ledgers]
            agree(plan, kinds, outcomes)
            recording.add(block, outcomes[0])
            tally.add(outcomes[0])
        for ledger in ledgers:
            ledger.open_anew()
        tables = [ledger.digest_tables() for ledger in ledgers]
        agree(plan, kinds, tables)
        tally.rows += sum(count for count, _ in tables[0].values())
    tally.lives += 1


def replay_life(plan: LifePlan, ledger: Ledger, market: Market, block: Submitted, told: Outcome) -> None:
    """One block of a recorded life."""
    signed = zip(block.transactions, block.known, strict=True)
    market.known.update(hashlib.sha256(one).digest() for one, is_known in signed if is_known)
    agree(plan, ("the recording", "this Python"), (told, ledger.play(block)))


def replay(path: Path, tally: Tally) -> str:
    """All lives of a recording, each on a new database of SQLite's; the digest of what came of them."""
    heard = Recording()
    with ExitStack() as lives:
        for found in read_recording(path):
            if isinstance(found, LifePlan):
                lives.pop_all().close()
                plan, market = found, Market(found.seed)
                folder = Path(lives.enter_context(tempfile.TemporaryDirectory()))
                url = lives.enter_context(make_database(SQLITE, folder))
                ledger = lives.enter_context(Ledger(url, market))
                heard.begin_life(plan)
                tally.lives += 1
            else:
                replay_life(plan, ledger, market, *found)
                heard.add(*found)
                tally.add(found[1])
    return heard.digest


def agree(plan: LifePlan, names: Sequence[str], found: Sequence[object]) -> None:
    """Divergence where two differ."""
    for name, one in zip(names, found, strict=True):
        if one != found[0]:
            raise Divergence(f"life {plan.seed}: on {names[0]} {found[0]}, on {name} {one}")


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.equal_roots", description=__doc__)
    parser.add_argument("--operations", type=int, default=100_000, help="how many, in one long life and short ones")
    parser.add_argument("--seed", type=int, default=1, help="other lives")
    parser.add_argument("--record", type=Path, metavar="FILE", help="play on SQLite alone, and write what came of it")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="play what was written, on SQLite")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Play, compare, and say what was compared; 1 where something differs."""
    asked, tally = parse_arguments(arguments), Tally()
    try:
        if asked.replay is not None:
            digest = replay(asked.replay, tally)
        else:
            kinds = KINDS if asked.record is None else (SQLITE,)
            with record(asked.record) as recording:
                for plan in plan_lives(asked.seed, asked.operations):
                    play_life(plan, kinds, recording, tally)
                digest = recording.digest
    except Divergence as divergence:
        print(f"they differ: {divergence}")
        return 1
    rows = f"; {tally.rows} rows" if tally.rows else ""
    print(f"Python {platform.python_version()}: {tally.describe()}{rows}; digest {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
