import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nodes.engines.cometbft.fault import Fault, write_fault
from nodes.engines.cometbft.home import NamedValidator, make_engine_keys, render_genesis, write_home
from nodes.engines.cometbft.rpc import EngineRpc, parse_time_ms
from nodes.engines.cometbft.settings import RPC_SOCKET, EngineSettings, get_socket
from nodes.engines.cometbft.watch import EngineWatch
from tests.support.cometbft import find_base_port, running_engine


@contextmanager
def short_folder() -> Iterator[Path]:
    """pytest's own names are too long for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hefu-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def test_it_tells_what_the_engine_says():
    keys = make_engine_keys()
    with short_folder() as folder:
        genesis = render_genesis("hefu-test", 1_767_225_600_000, [NamedValidator(keys.validator_key, 10, "one")])
        write_home(folder, keys, genesis, EngineSettings("one", f"127.0.0.1:{find_base_port(1)}"))
        async with running_engine(folder, "--proxy_app=kvstore") as rpc:
            watch = EngineWatch(folder, rpc)
            while (status := await watch.read()).height < 1:
                assert status.power == 10
        assert status.name == "CometBFT 0.38.25"
        assert status.node_id == keys.node_id
        assert status.block_time_ms >= 1_767_225_600_000
        assert (status.power, status.total_power, status.validators) == (10, 10, 1)
        assert (list(status.peers), status.catching_up, status.last_fault) == ([], False, "")


async def test_an_engine_that_is_not_there_leaves_the_last_fault():
    with short_folder() as folder:
        write_fault(folder, Fault(7, "consensus failure"))
        rpc = EngineRpc(get_socket(folder, RPC_SOCKET))
        status = await EngineWatch(folder, rpc).read()
        await rpc.close()
        assert (status.name, status.height) == ("", 0)
        assert (status.last_fault, status.last_fault_at_ms) == ("consensus failure", 7)


@pytest.mark.parametrize(
    ("text", "time_ms"),
    [
        ("2026-01-01T00:00:00Z", 1_767_225_600_000), ("2026-01-01T00:00:00.0071234Z", 1_767_225_600_007),
        ("2026-01-01T00:00:00.5Z", 1_767_225_600_500), ("0001-01-01T00:00:00Z", 0),
    ],
)  # fmt: skip
def test_the_engines_time_in_milliseconds(text, time_ms):
    assert parse_time_ms(text) == time_ms
