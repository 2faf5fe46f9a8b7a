"""config.toml of the engine, for the version that is pinned: every field that this version knows, and no other.

- What an operator may decide is in `EngineSettings`; what follows from how Hefu uses the engine is fixed here, each
  with its reason beside it in the file.
- Both sockets to the node are Unix sockets in the engine's home, which only its owner enters. Only P2P is TCP.
- The engine reads more than it checks: a field that is spelled wrongly it passes over. So a test compares the file with
  the fields that the program knows.

Not here: keys, genesis and the rest of the home (`home`), starting the program (nodes/supervisor.py).
"""

import json
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import MalformedInput

ENGINE_VERSION = "0.38.25"
"""The version that is pinned. Before 0.38.21 a dishonest validator could shift the time of blocks (CSA-2026-001)."""
ENGINE_FOLDER = "engine"
ABCI_SOCKET, RPC_SOCKET = "abci.sock", "rpc.sock"
MAX_SOCKET_PATH = 107
"""Bytes. The system's address of a Unix socket holds so many, and the zero behind them."""
MAX_BLOCK_BYTES = 2 << 20
MAX_BUNDLE_BYTES = 256 << 10
"""The longest transaction of the engine: seven fit into a block. The longest transaction of ours is a quarter of it."""
ENVIRONMENT = {"GOGC": "400", "GOMEMLIMIT": "128MiB"}
"""Go's collector runs a quarter as often: the engine makes much that soon dies, and its heap is small. Above the limit
it runs more often, so that the heap stays there."""


@dataclass(frozen=True, slots=True)
class StateSync:
    """Where a new node finds a snapshot's height vouched for. `rpc_servers`: at least two, asked by a light client."""

    rpc_servers: tuple[str, ...]
    trust_height: int
    trust_hash: str
    trust_period_s: int = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What differs between nodes. Addresses are host:port; peers are id@host:port; spans in milliseconds."""

    moniker: str
    p2p_listen: str
    external_address: str = ""
    persistent_peers: tuple[str, ...] = ()
    state_sync: StateSync | None = None
    timeout_propose_ms: int = 1000
    timeout_commit_ms: int = 20
    empty_block_ms: int = 2000


def get_socket(directory: Path, name: str) -> Path:
    """The path of one of the two sockets of a node. MalformedInput: longer than the system's addresses."""
    path = directory.absolute() / ENGINE_FOLDER / name
    if len(str(path).encode()) > MAX_SOCKET_PATH:
        raise MalformedInput(
            f"the socket {path} has a path of more than {MAX_SOCKET_PATH} bytes; choose a folder with a shorter one",
            "directory",
        )
    return path


def check_sockets(directory: Path) -> None:
    """Refuse, with MalformedInput, a node's directory whose sockets would have too long paths."""
    for name in (ABCI_SOCKET, RPC_SOCKET):
        get_socket(directory, name)


def render_settings(settings: EngineSettings) -> str:
    """The engine's config.toml."""
    sections = [
        _render_base(settings), _render_rpc(), _render_p2p(settings), _render_mempool(),
        _render_state_sync(settings.state_sync), _render_consensus(settings), _render_rest(),
    ]  # fmt: skip
    return "\n".join(sections)


def _render_base(settings: EngineSettings) -> str:
    return f"""# CometBFT {ENGINE_VERSION} under a node of Hefu. Paths are relative to this engine's home, which can so
# be moved; those of the two sockets because the program is started there.
version = {_quote(ENGINE_VERSION)}
# The node listens here; it starts first.
proxy_app = "unix://{ABCI_SOCKET}"
abci = "socket"
moniker = {_quote(settings.moniker)}
db_backend = "goleveldb"
db_dir = "data"
# What it does in peace is the node's to log; faults are looked for in these lines by the supervisor.
log_level = "main:info,blocksync:info,statesync:info,*:error"
log_format = "json"
genesis_file = "config/genesis.json"
priv_validator_key_file = "config/priv_validator_key.json"
# Never delete it, never restore it from a backup: what it says was signed must not be signed otherwise.
priv_validator_state_file = "data/priv_validator_state.json"
priv_validator_laddr = ""
node_key_file = "config/node_key.json"
filter_peers = false
event_bus_buffer_capacity = 0
"""


def _render_rpc() -> str:
    return f"""[rpc]
# Only the node asks.
laddr = "unix://{RPC_SOCKET}"
cors_allowed_origins = []
cors_allowed_methods = ["GET", "POST"]
cors_allowed_headers = ["Content-Type"]
grpc_laddr = ""
grpc_max_open_connections = 1
unsafe = false
max_open_connections = 256
max_subscription_clients = 8
max_subscriptions_per_client = 8
experimental_subscription_buffer_size = 200
experimental_websocket_write_buffer_size = 200
experimental_close_on_slow_client = true
timeout_broadcast_tx_commit = "10s"
max_request_batch_size = 64
# The longest transaction, in base64 within JSON.
max_body_bytes = {2 * MAX_BUNDLE_BYTES}
max_header_bytes = 65536
tls_cert_file = ""
tls_key_file = ""
pprof_laddr = ""
"""


def _render_p2p(settings: EngineSettings) -> str:
    return f"""[p2p]
laddr = {_quote("tcp://" + settings.p2p_listen)}
external_address = {_quote(settings.external_address)}
seeds = ""
# Every other node that was known at the beginning. A permissioned network tells addresses by hand.
persistent_peers = {_quote(",".join(settings.persistent_peers))}
addr_book_file = "config/addrbook.json"
# Banks meet in private networks.
addr_book_strict = false
max_num_inbound_peers = 64
max_num_outbound_peers = 16
# Empty, though peers are known: gossip to these would not be limited as below.
unconditional_peer_ids = ""
# A node that was away is found again within seconds, however long it was away.
persistent_peers_max_dial_period = "2s"
# Half the latency of the default, 100 ms.
flush_throttle_timeout = "10ms"
# The default of 1 kB costs more in headers and calls than in bytes.
max_packet_msg_payload_size = 65536
# The default, 5 MB/s, holds a network under load back.
send_rate = 104857600
recv_rate = 104857600
pex = false
seed_mode = false
private_peer_ids = ""
# Several nodes on one machine, or behind one address of a bank.
allow_duplicate_ip = true
handshake_timeout = "20s"
dial_timeout = "3s"
"""


def _render_mempool() -> str:
    return f"""[mempool]
type = "flood"
# A transaction is judged when it comes, when it is proposed and when it is executed: not after each block, too.
recheck = false
recheck_timeout = "1s"
broadcast = true
wal_dir = ""
# A few blocks. A longer queue makes the engine slower; who waits, waits at the node's door.
size = 4096
max_txs_bytes = {8 * MAX_BLOCK_BYTES}
cache_size = 16384
# What is refused now may be good later.
keep-invalid-txs-in-cache = false
max_tx_bytes = {MAX_BUNDLE_BYTES}
max_batch_bytes = 0
# Two of the others tell the rest: less traffic, a third more throughput. Where one goes away another takes its turn.
experimental_max_gossip_connections_to_persistent_peers = 2
experimental_max_gossip_connections_to_non_persistent_peers = 0
"""


def _render_state_sync(sync: StateSync | None) -> str:
    given = sync or StateSync((), 0, "")
    return f"""[statesync]
# Only while the home is empty; later it is passed over.
enable = {json.dumps(sync is not None)}
rpc_servers = {_quote(",".join(given.rpc_servers))}
trust_height = {given.trust_height}
trust_hash = {_quote(given.trust_hash)}
trust_period = "{given.trust_period_s}s"
discovery_time = "5s"
temp_dir = ""
chunk_request_timeout = "10s"
chunk_fetchers = "4"
max_snapshot_chunks = 100000

[blocksync]
version = "v0"
"""


def _render_consensus(settings: EngineSettings) -> str:
    return f"""[consensus]
wal_file = "data/cs.wal/wal"
# What a dead validator costs on each of its turns.
timeout_propose = "{settings.timeout_propose_ms}ms"
timeout_propose_delta = "500ms"
timeout_prevote = "500ms"
timeout_prevote_delta = "500ms"
timeout_precommit = "500ms"
timeout_precommit_delta = "500ms"
# Time for the last votes to come; each block pays it.
timeout_commit = "{settings.timeout_commit_ms}ms"
# Off: a validator that is started again finds its own votes in the last blocks, and would refuse to go on. That nobody
# signs twice is kept by priv_validator_state.json, and by the lock of the data directory.
double_sign_check_height = 0
skip_timeout_commit = false
create_empty_blocks = true
# A block's time is that of the votes before it: an idle network must not answer with yesterday's.
create_empty_blocks_interval = "{settings.empty_block_ms}ms"
# A tenth of the default: half the latency.
peer_gossip_sleep_duration = "10ms"
peer_query_maj23_sleep_duration = "2s"
# Blocks of whose time our clock says that it is still to come. A clock that lags by less does not stop the node.
block_time_tolerance = "5m"
"""


def _render_rest() -> str:
    return """[storage]
# What came of a transaction stands in the node's own log.
discard_abci_responses = true

[tx_index]
indexer = "null"
psql-conn = ""

[instrumentation]
prometheus = false
prometheus_listen_addr = ""
max_open_connections = 3
namespace = "cometbft"
"""


def replace_state_sync(text: str, sync: StateSync | None) -> str:
    """A config.toml of ours with another place to begin from. MalformedInput: it is not one."""
    begin, end = text.find("[statesync]\n"), text.find("[consensus]\n")
    if not 0 <= begin < end:
        raise MalformedInput("is not as it was written", "config.toml")
    return text[:begin] + _render_state_sync(sync) + "\n" + text[end:]


def _quote(value: str) -> str:
    return json.dumps(value)
