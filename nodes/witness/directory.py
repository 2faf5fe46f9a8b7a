"""A witness's data directory, and making one.

    witness.key   seed of the key that cosigns, 32 bytes in hex
    name          the name of that key
    witness.db    what must never be forgotten (nodes/witness/store.py); it also names the key
    lock          held by the witness as long as it runs

All of it is its owner's alone. Key and state belong together: a key without its state would cosign a second history, so
a witness does not start without it, and `init` never makes a state for a key that is there.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1, VerifierKey
from nodes.directory import OTHERS, make_seed_file, read_seed
from nodes.files import PRIVATE, write_whole
from nodes.witness.store import WitnessStore

SEED_FILE, NAME_FILE, STATE_FILE = "witness.key", "name", "witness.db"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signs: a name and the seed of its key."""

    name: str
    seed: bytes

    def __repr__(self) -> str:  # a seed never reaches a log by way of a printed object
        return f"Identity({self.render_key()})"

    def render_key(self) -> str:
        """The C2SP verifier key that auditors and logs are given."""
        return VerifierKey(self.name, COSIGNATURE_V1, bytes(SigningKey(self.seed).verify_key)).render()


def init_witness(directory: Path, name: str) -> Identity:
    """Make a witness with a new key. MalformedInput: the directory is in use, or the name is none."""
    Identity(name, bytes(32)).render_key()  # judges the name before anything is made
    if directory.exists() and not (directory.is_dir() and not any(directory.iterdir())):
        raise MalformedInput("made in an absent or an empty directory, and this is neither", str(directory))
    before = os.umask(OTHERS)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        identity = Identity(name, make_seed_file(directory / SEED_FILE))
        write_whole(directory / NAME_FILE, name.encode() + b"\n", PRIVATE)
        WitnessStore(directory / STATE_FILE, identity.render_key(), is_new=True).close()
    finally:
        os.umask(before)
    return identity


def read_identity(directory: Path) -> Identity:
    """The name and key of a witness. MalformedInput."""
    seed = read_seed(directory / SEED_FILE)
    try:
        name = (directory / NAME_FILE).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as failure:
        raise MalformedInput(f"cannot be read: {failure}", str(directory / NAME_FILE)) from None
    return Identity(name, seed)


def open_state(directory: Path, identity: Identity) -> WitnessStore:
    """The state that belongs to the key. MalformedInput where it is missing or another's."""
    return WitnessStore(directory / STATE_FILE, identity.render_key())
