"""The database's server is killed under load, or the node is: what was acknowledged is there, once, after each start.

Each round: server and node start, which is recovery; the database is compared with a replay of the whole log, kept up
from genesis on, and with what the clients were told; new work is submitted; after a seeded number of answers the server
or the node is killed. A node that lost its server ends by itself.
"""

import random

import pytest

from tests.faults.node_process import NodeProcess
from tests.faults.test_kill import BATCH, BATCHES, Load, Replica, Told, work_for
from tests.support.postgres import NOT_DURABLE, PostgresServer
from tests.support.running import Network, init

ROUNDS = 4


@pytest.fixture
def server():
    with PostgresServer(NOT_DURABLE) as server:
        yield server


def test_a_server_or_a_node_that_is_killed_under_load_loses_and_doubles_nothing(tmp_path, server):
    chance = random.Random(7)
    network = Network()
    with server.make_database() as name:
        directory = init(tmp_path / "node", network, database=server.get_url(name), block_transactions=24)
        replica, told, load = Replica(directory), Told(), Load(network, 7)
        in_flight: list[list[bytes]] = []
        for number in range(ROUNDS):
            with NodeProcess(directory, 2) as node:
                replica.compare(told)
                for batch, receipts in zip(in_flight, node.submit(in_flight), strict=True):
                    told.hear(batch, receipts)
                if number == ROUNDS - 1:
                    break  # the last start only shows that all is well
                batches, patience, answered = load.make_batches(), chance.randint(1, BATCHES // 2), 0
                for batch, receipts in zip(batches, node.submit(batches), strict=False):
                    told.hear(batch, receipts)
                    answered += 1
                    if answered == patience:
                        work_for(chance.randrange(20_000))
                        server.stop() if number % 2 else node.kill_kernel()
                in_flight = batches[answered:]
                assert node.wait() == 1
            if number % 2:
                server.start(NOT_DURABLE)
        replica.compare(told)
    assert len(told.answers) > ROUNDS * BATCH
