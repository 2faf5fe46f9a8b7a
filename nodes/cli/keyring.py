"""Opening key files: a passphrase that is known is tried on every file, and asked for only where none fits."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from nodes.cli.files import read_bytes
from nodes.cli.values import BadValue
from nodes.keys import MAX_FILE_BYTES, Key, KeyFile, WrongPassphrase, parse_key

MAX_PASSPHRASE_BYTES = 4096


def read_key_file(path: Path) -> KeyFile:
    """A key file, not yet opened. BadValue names the file."""
    return parse_key(read_bytes(path, "key file", MAX_FILE_BYTES))


def open_keys(paths: Sequence[Path], passphrase_file: Path | None) -> list[Key]:
    """All keys, opened. BadValue where there is none; WrongPassphrase where one does not open."""
    if not paths:
        raise BadValue("nobody signs: name at least one key file with --key FILE")
    known = [read_passphrase(passphrase_file)] if passphrase_file is not None else []
    if os.environ.get("HEFU_PASSPHRASE"):
        known.append(os.environ["HEFU_PASSPHRASE"])
    return [_open_one(path, known) for path in paths]


def _open_one(path: Path, known: list[str]) -> Key:
    file = read_key_file(path)
    if file.key is not None:
        return file.key
    for passphrase in known:
        try:
            return file.open(passphrase)
        except WrongPassphrase:
            continue  # it may belong to another file; without any left the user is asked
    if not sys.stdin.isatty():
        raise WrongPassphrase(f"{path}: " + ("it does not open the file" if known else "--passphrase-file is needed"))
    known.append(typer.prompt(f"Passphrase of {path}", hide_input=True, err=True))
    return file.open(known[-1])


def read_passphrase(path: Path) -> str:
    """The first line of a passphrase file."""
    lines = read_bytes(path, "passphrase file", MAX_PASSPHRASE_BYTES).decode(errors="surrogateescape").splitlines()
    if not lines or not lines[0]:
        raise BadValue(f"passphrase file {path}: its first line is empty")
    return lines[0]
