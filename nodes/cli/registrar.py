"""The registrar's keys of a development network, as key files that every command takes."""

from pathlib import Path

from identity.genesis import parse_genesis
from nodes.directory import GENESIS_FILE, REGISTRAR_KEYS, read_seed
from nodes.keys import Key, write_key


def write_registrar_keys(directory: Path) -> list[Path]:
    """Write keys/registrar-….json beside the seeds that `init_node` made; returns the paths."""
    genesis = parse_genesis((directory / GENESIS_FILE).read_bytes())
    known = {key.public_key: (founder.organisation, key) for founder in genesis.founders for key in founder.keys}
    written = []
    for name in REGISTRAR_KEYS:
        seed = read_seed(directory / name)
        # The salt of the person's commitment stays with whoever built the genesis.
        key = Key(seed, "", b"", b"", ())
        organisation, record = known[key.public_key]
        path = (directory / name).with_suffix(".json")
        write_key(path, Key(seed, organisation, record.person, b"", tuple(record.roles)))
        written.append(path)
    return written
