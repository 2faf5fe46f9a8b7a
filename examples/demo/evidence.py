"""Proof files: asked of the node while it runs, written in both canonical forms, for the readers of one trust file.

Not here: what the proofs are of (scenes), and how they are checked when the node has stopped (checks).
"""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from examples.demo.network import TRUST
from hefu.v1 import ledger_pb2, receivables_pb2
from hefu.v1 import node_pb2 as node
from ledger.proofs import filter_proof
from ledger.verify import parse_trust, render_binary, render_json, verify
from nodes.client import Client
from nodes.questions import parse_question
from receivables.records import compute_issuer_totals_key
from receivables.side_records import compute_line_key

PROOFS = "proofs"
KEYS_A_PROOF = 16


class Evidence:
    """Gets proofs from a node and writes them."""

    def __init__(self, client: Client, output: Path) -> None:
        self.output = output
        self._client = client
        self._folder = output / PROOFS
        self._folder.mkdir()
        self._trust = parse_trust((output / TRUST).read_bytes())

    def prove_transaction(self, name: str, identity: bytes) -> None:
        """That this was decided, and how."""
        asked = node.ProveTransactionRequest(id=identity)
        self._write(name, self._client.ask(self._client.ledger.ProveTransaction, asked))

    def prove_growth(self, name: str, first_size: int) -> None:
        """That the log only grew."""
        grown = node.ProveConsistencyRequest(first_size=first_size)
        self._write(name, self._client.ask(self._client.ledger.ProveConsistency, grown))

    def prove_asset(self, name: str, asset: str, *statements: str, height: int = 0) -> None:
        """What stands under the keys that a verifier will derive from these questions."""
        keys = [key for statement in statements for key in parse_question(asset, statement).keys]
        self.prove_records(name, keys, height)

    def prove_records(self, name: str, keys: Iterable[str], height: int = 0) -> dict[str, bytes | None]:
        """What stands under these keys: proved, verified here, and read."""
        request = node.ProveStateRequest(keys=sorted(frozenset(keys)), height=height)
        proof = self._write(name, self._client.ask(self._client.ledger.ProveState, request))
        return verify(proof, self._trust, now_ms=time.time_ns() // 1_000_000).bodies

    def prove_totals(self, organisations: Sequence[str]) -> list[receivables_pb2.IssuerTotals]:
        """The proven totals of issuers."""
        bodies = self._prove_many("totals", [compute_issuer_totals_key(name) for name in organisations])
        return [receivables_pb2.IssuerTotals.FromString(body) for body in bodies]

    def prove_lines(self, lines: Sequence[str]) -> list[receivables_pb2.Line]:
        """What is proved to be reserved and used of these lines."""
        bodies = self._prove_many("lines", [compute_line_key(line) for line in lines])
        return [receivables_pb2.Line.FromString(body) for body in bodies]

    def _prove_many(self, name: str, keys: Sequence[str]) -> list[bytes]:
        """Some keys to a proof; an absent record reads as an empty one."""
        found = []
        for number, first in enumerate(range(0, len(keys), KEYS_A_PROOF), 1):
            part = keys[first : first + KEYS_A_PROOF]
            bodies = self.prove_records(f"{name}-{number}", part)
            found += [bodies[key] or b"" for key in part]
        return found

    def _write(self, name: str, proof: ledger_pb2.Proof) -> ledger_pb2.Proof:
        filtered = filter_proof(proof, self._trust)
        (self._folder / f"{name}.json").write_bytes(render_json(filtered))
        (self._folder / f"{name}.bin").write_bytes(render_binary(filtered))
        return filtered


def write_tampered(output: Path, name: str) -> None:
    """Copies of a proof with one byte changed, in either form: in its middle, in a path."""
    folder = output / PROOFS
    binary = bytearray((folder / f"{name}.bin").read_bytes())
    binary[len(binary) // 2] ^= 1
    (folder / f"{name}-tampered.bin").write_bytes(binary)
    text = bytearray((folder / f"{name}.json").read_bytes())
    place = text.rindex(b'"siblings":"') + len(b'"siblings":"')
    text[place] = ord("0") if text[place] != ord("0") else ord("1")
    (folder / f"{name}-tampered.json").write_bytes(text)
