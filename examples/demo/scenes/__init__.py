"""What a plan cannot show: attempts that must be refused, between steps that must be done.

They play on days after the last payment of the sample, on vouchers of their own, of one enterprise each. Each theme is
a module that says something through the stage, writes its proofs while the thing is as it is, and returns what
`hefu verify` is to be asked about them.

| module | theme |
|---|---|
| stage | what they share: done or refused, and shown |
| lines | how much may be owed: reserved, used, restored; beyond it |
| quotes | sealed quotes of several banks: who may read, choose, forge |
| disputes | a dispute, a red letter, another invoice in its place |
| orders | a freeze of a range, of a whole package, and its end |
| attacks | replayed, forged, twice, past whom it is owed to |
"""

from collections.abc import Sequence

from examples.demo.cast import Member
from examples.demo.checks import Check
from examples.demo.scenes.attacks import Attackers
from examples.demo.scenes.disputes import Quarrel
from examples.demo.scenes.lines import Borrowers
from examples.demo.scenes.orders import Orders
from examples.demo.scenes.quotes import Round
from examples.demo.scenes.stage import Scene, SceneFailed, Stage

__all__ = ["Scene", "SceneFailed", "Stage", "play"]


def play(stage: Stage, enterprises: Sequence[Member]) -> tuple[list[Scene], list[Check]]:
    """All scenes in their order, and what is to be checked of them; of each scene the enterprises are its own."""
    issuers = enterprises[:6]
    scenes, checks = [], []
    for build in (
        lambda: Borrowers(stage, issuers[0], issuers[1]),
        lambda: Round(stage, issuers[2]),
        lambda: Quarrel(stage, issuers[3]),
        lambda: Orders(stage, issuers[4]),
        lambda: Attackers(stage, issuers[5]),
    ):
        checks += build().play()
        scenes.append(stage.scene)
    return scenes, checks
