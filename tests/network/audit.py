"""The same audit after every fault: no acknowledged transaction lost, none twice, everywhere the same.

1. What stayed open is submitted again, byte for byte, and gets its one outcome (`Load.settle`).
2. All nodes come to one size and one root; on the way none ever named another root for a size (`Cluster.read_status`).
3. The ledgers of all nodes, read in their databases, hold the same transactions at the same leaves with the same
   outcomes, no id and no leaf twice; and among them everything that was answered, as it was answered.
"""

from ledger.store.database import open_engine
from nodes.config import load_config
from nodes.directory import NodeDirectory
from tests.network.cluster import Cluster
from tests.network.load import Load, Outcome

SELECT = "SELECT id, leaf_index, height, code FROM transactions"


def read_ledger(cluster: Cluster, name: str) -> dict[bytes, Outcome]:
    """The transactions in a node's database."""
    directory = cluster.get_directory(name)
    engine = open_engine(NodeDirectory(directory).get_url(load_config(directory, {})), read_only=True)
    try:
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(SELECT).all()
    finally:
        engine.dispose()
    found = {bytes(row[0]): (int(row[1]), int(row[2]), int(row[3])) for row in rows}
    assert len(found) == len(rows), f"{name} holds an id twice"
    assert len({outcome[0] for outcome in found.values()}) == len(rows), f"{name} holds a leaf twice"
    return found


async def audit(cluster: Cluster, load: Load, *names: str) -> int:
    """Hold these nodes, all where none is named, against one another and the book; how many were acknowledged."""
    nodes = list(names) or cluster.names
    await load.settle(*(name for name in nodes if cluster.nodes[name].is_validator))
    await cluster.wait_until_equal(*nodes)
    ledgers = {name: read_ledger(cluster, name) for name in nodes}
    first = ledgers[nodes[0]]
    for name, ledger in ledgers.items():
        assert ledger == first, f"{name} differs from {nodes[0]}"
    lost = {identity.hex() for identity, outcome in load.book.outcomes.items() if first.get(identity) != outcome}
    assert not lost
    assert load.book.outcomes
    return len(load.book.outcomes)
