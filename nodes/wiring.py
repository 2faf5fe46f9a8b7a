"""The one place that knows all domains: their commands, views, migrations and reasons, tied to the kernel.

No list of commands lives below this module. A new domain is added here and nowhere else.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection

import identity.commands
import identity.migrations
import identity.rejections
import ledger.rejections
import nodes.inbox.rejections
import pledges.blankets
import pledges.rejections
import receivables.genesis
import receivables.migrations
import receivables.records
import receivables.rejections
import receivables.transitions
from hefu.v1 import identity_pb2, ledger_pb2, node_pb2, receivables_pb2
from hefu.v1.network_pb2 import SnapshotManifest
from identity import governed
from identity.authorise import authorise
from identity.genesis import build_records, compute_genesis_hash, parse_genesis
from identity.governance import build_commands
from identity.register_views import RegisterView
from identity.rules import compute_civil_day
from identity.validators import read_validators
from identity.views import IdentityView
from ledger.application import SECONDS, SOFTWARE_VERSION, Application, Memory, write_genesis
from ledger.context import Record, compute_salt
from ledger.errors import InvariantViolation, MalformedInput, Reason
from ledger.execution import Rules, collect_reasons
from ledger.notes import Note, sign_note
from ledger.seam import CommandTable
from ledger.state_keys import VALIDATORS_KEY
from ledger.store.database import migrate
from ledger.store.day_proofs import DayChanges, DayProofs
from ledger.store.port import BlockHead
from ledger.store.restoring import clear_restored, restore_snapshot
from ledger.store.sql import SqlStore, View
from pledges.records import LENDER_TOTALS_PREFIX
from receivables.records import ISSUER_TOTALS_PREFIX
from receivables.views import ReceivablesView

SOFTWARE = "hefu 0.1.0"
SUPPORTED_VERSIONS: Sequence[int] = (SOFTWARE_VERSION,)
"""The versions of the state machine that this node runs; which one is in force at a height, a vote says."""
GOVERNED: governed.GovernedTable = {
    **governed.GOVERNED,
    receivables.records.RULES_KEY: governed.build_check(receivables_pb2.VoucherRules, receivables.genesis.check_rules),
    receivables.records.CALENDAR_KEY: governed.build_check(
        receivables_pb2.BusinessCalendar, receivables.genesis.check_calendar
    ),
}
"""The records that a vote may change."""
COMMANDS: CommandTable = {
    **identity.commands.COMMANDS,
    **build_commands(GOVERNED),
    **pledges.blankets.COMMANDS,
    **receivables.transitions.COMMANDS,
}
REASONS: dict[int, Reason] = collect_reasons(
    vars(ledger.rejections),
    vars(identity.rejections),
    vars(pledges.rejections),
    vars(receivables.rejections),
    vars(nodes.inbox.rejections),
)
TOTALS_PREFIXES: dict[int, str] = {
    node_pb2.ISSUER_SIDE: ISSUER_TOTALS_PREFIX,
    node_pb2.LENDER_SIDE: LENDER_TOTALS_PREFIX,
}
"""Where totals lie; at the end of each civil day on which one changed, its proof is kept."""
VERSION_LOCATIONS: Sequence[Path] = tuple(
    Path(package.__path__[0]) / "versions" for package in (identity.migrations, receivables.migrations)
)


def build_views() -> Sequence[View]:
    """The read sides that are written with each block."""
    return (IdentityView(), RegisterView(), ReceivablesView(), DayChanges(tuple(TOTALS_PREFIXES.values())))


def build_rules(network: ledger_pb2.NetworkId) -> Rules:
    """What a network executes by."""
    return Rules(network, COMMANDS, authorise, read_validators)


def compute_network(genesis: identity_pb2.Genesis) -> ledger_pb2.NetworkId:
    """The network that begins with this genesis."""
    return ledger_pb2.NetworkId(name=genesis.network_name, genesis_hash=compute_genesis_hash(genesis))


def prepare_database(connection: Connection) -> None:
    """Bring the schema of the ledger and of all domains to its newest version."""
    migrate(connection, VERSION_LOCATIONS)


def begin_ledger(store: SqlStore, encoded: bytes, origin: str, seed: bytes) -> None:
    """Write block 0 from Genesis bytes. Raises MalformedInput, whose field names the place at fault."""
    genesis = parse_genesis(encoded)
    records = {key: Record(body, compute_salt(genesis.salt, key)) for key, body in build_records(genesis)}
    network = compute_network(genesis)
    validators = read_validators(records[VALIDATORS_KEY].body) if VALIDATORS_KEY in records else ()
    write_genesis(store, encoded, network, genesis.time_ms, records, origin, NoteSigner(origin, seed).sign, validators)


def open_application(
    store: SqlStore,
    origin: str,
    seed: bytes,
    measure: SECONDS | None = None,
    numbers_all: bool = False,
    memory: Memory = Memory(),  # noqa: B008 - it cannot be changed
) -> Application:
    """The state machine over a store that holds its genesis: start-up is recovery."""
    network = compute_network(read_genesis(store))
    day_ends = DayProofs(store, network, compute_civil_day)
    sign = NoteSigner(origin, seed).sign
    return Application(
        store, build_rules(network), origin, sign, measure, day_ends, numbers_all, SUPPORTED_VERSIONS, memory
    )


def restore_ledger(
    connection: Connection, origin: str, seed: bytes, manifest: SnapshotManifest, chunks: Iterable[bytes]
) -> BlockHead:
    """Write a snapshot over genesis, or nothing. Whoever has store and application open opens both anew afterwards.

    Raises MalformedInput: what of the snapshot is at fault, or that the ledger has begun. One that was restored and has
    decided nothing since counts as genesis: its engine was killed before it knew.
    """
    genesis = clear_restored(connection)
    if genesis is not None:
        begin_ledger(SqlStore(connection, build_views()), genesis, origin, seed)
    return restore_snapshot(connection, build_views(), origin, NoteSigner(origin, seed).sign, manifest, chunks)


def check_engine(genesis: identity_pb2.Genesis, engine: str) -> None:
    """Refuse, as MalformedInput, that one node orders alone what validators decide: it would begin a second history."""
    if genesis.validators and engine != "cometbft":
        raise MalformedInput("must be cometbft: genesis names validators (hefu network join makes a node)", "engine")


def read_genesis(store: SqlStore) -> identity_pb2.Genesis:
    """The genesis with which the store began."""
    encoded = store.read_genesis()
    if encoded is None:
        raise InvariantViolation("the database holds no genesis; `hefu node init` makes a node")
    return parse_genesis(encoded)


class NoteSigner:
    """Signs checkpoints with the log key, whose name is the origin."""

    def __init__(self, origin: str, seed: bytes) -> None:
        self._origin = origin
        self._seed = seed

    def sign(self, text: bytes) -> bytes:
        """The signed note of a checkpoint's text."""
        return Note(text, (sign_note(text, self._origin, self._seed),)).render()
