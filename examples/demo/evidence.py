"""Proof files: asked of the node while it runs, checked by `hefu verify` when it has stopped.

Each file is written in both canonical forms. What the checks expect stands beside them: exit code 0 for what holds, and
for the rest the reason. The checks are processes of their own, which talk to nobody; two run at a time.
"""

import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from examples.demo.attacks import Scene
from examples.demo.network import TRUST, get_hefu
from hefu.v1 import ledger_pb2, receivables_pb2
from hefu.v1 import node_pb2 as node
from ledger.proofs import filter_proof
from ledger.verify import parse_trust, render_binary, render_json, verify
from nodes.client import Client
from nodes.questions import parse_question
from receivables.records import compute_asset_key, compute_issuer_totals_key

PROOFS = "proofs"
KEYS_A_PROOF = 16
WORKERS = 2
LIMIT_S = 60.0
HOLDS, DOES_NOT, UNREADABLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Check:
    """One run of `hefu verify`: its arguments, the exit codes that are right, and a word that its reason must hold."""

    english: str
    chinese: str
    arguments: tuple[str, ...]
    exit_codes: tuple[int, ...] = (HOLDS,)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check; `line` is the first line that the program wrote."""

    check: Check
    exit_code: int
    line: str

    @property
    def is_right(self) -> bool:
        """Whether exit code and reason are those expected."""
        return self.exit_code in self.check.exit_codes and self.check.reason in self.line

    def to_plain(self) -> dict[str, Any]:
        """As JSON."""
        check = self.check
        return {
            "english": check.english,
            "chinese": check.chinese,
            "command": ["hefu", "verify", *check.arguments],
            "wanted_exit_codes": list(check.exit_codes),
            "exit_code": self.exit_code,
            "line": self.line,
        }


class Evidence:
    """Gets proofs from a node and writes them for the readers of one trust file."""

    def __init__(self, client: Client, output: Path) -> None:
        self._client = client
        self._folder = output / PROOFS
        self._folder.mkdir()
        self._trust = parse_trust((output / TRUST).read_bytes())

    def write_all(self, scene: Scene, first_size: int) -> None:
        """The five kinds of proof, and one of what was so a moment ago."""
        asked = node.ProveTransactionRequest(id=scene.pay_out_id)
        self._write("transaction", self._client.ask(self._client.ledger.ProveTransaction, asked))
        pledged, moved = compute_asset_key(scene.pledged), compute_asset_key(scene.moved)
        self._write("held", self._prove_state(_find_keys(moved, "unclaimed")))
        claimed = (*_find_keys(pledged, f"claimed-by {scene.pledgee}"), *_find_keys(pledged, "unclaimed"))
        self._write("claim", self._prove_state(claimed))
        self._write("absence", self._prove_state(_find_keys(f"invoice:{scene.other_fingerprint.hex()}", "absent")))
        grown = node.ProveConsistencyRequest(first_size=first_size)
        self._write("consistency", self._client.ask(self._client.ledger.ProveConsistency, grown))
        self._write("historical", self._prove_state(_find_keys(moved, "unclaimed"), scene.earlier_height))

    def prove_totals(self, organisations: Sequence[str]) -> list[receivables_pb2.IssuerTotals]:
        """The proven totals of issuers: proofs written, verified here, and read."""
        found = []
        for number, first in enumerate(range(0, len(organisations), KEYS_A_PROOF), 1):
            keys = [compute_issuer_totals_key(name) for name in organisations[first : first + KEYS_A_PROOF]]
            proof = self._write(f"totals-{number}", self._prove_state(keys))
            bodies = verify(proof, self._trust).bodies
            found += [receivables_pb2.IssuerTotals.FromString(bodies[key] or b"") for key in keys]
        return found

    def _prove_state(self, keys: Iterable[str], height: int = 0) -> ledger_pb2.Proof:
        request = node.ProveStateRequest(keys=sorted(frozenset(keys)), height=height)
        return self._client.ask(self._client.ledger.ProveState, request)

    def _write(self, name: str, proof: ledger_pb2.Proof) -> ledger_pb2.Proof:
        filtered = filter_proof(proof, self._trust)
        (self._folder / f"{name}.json").write_bytes(render_json(filtered))
        (self._folder / f"{name}.bin").write_bytes(render_binary(filtered))
        return filtered


def _find_keys(asset: str, statement: str) -> tuple[str, ...]:
    return parse_question(asset, statement).keys


def write_tampered(output: Path) -> None:
    """Copies of a proof with one byte changed: in its middle, in either form."""
    folder = output / PROOFS
    binary = bytearray((folder / "held.bin").read_bytes())
    binary[len(binary) // 2] ^= 1
    (folder / "held-tampered.bin").write_bytes(binary)
    text = bytearray((folder / "held.json").read_bytes())
    place = text.rindex(b'"siblings":"') + len(b'"siblings":"')
    text[place] = ord("0") if text[place] != ord("0") else ord("1")
    (folder / "held-tampered.json").write_bytes(text)


def list_checks(scene: Scene, now: str) -> list[Check]:
    """What is verified, and what must be refused. `now`: soon after the last block, by its clock."""
    pledged, moved = compute_asset_key(scene.pledged), compute_asset_key(scene.moved)
    other, used = (f"invoice:{found.hex()}" for found in (scene.other_fingerprint, scene.fingerprint))
    claim = ("--asset", pledged, "--is", f"claimed-by {scene.pledgee}")
    free = ("--asset", moved, "--is", "unclaimed")
    held = ("--asset", moved, "--is", f"held-by {scene.holder}")
    absent = ("--asset", other, "--is", "absent")
    fresh = ("--now", now, "--not-older-than", "1h")
    no = (DOES_NOT,)
    broken = (DOES_NOT, UNREADABLE)
    return [
        _check("a transaction: the bank paid out", "一笔交易: 银行放款", "transaction.json"),
        _check("… the same, in binary", "……同一证明的二进制形式", "transaction.bin"),
        _check("tier two holds this range", "二级供应商持有该凭证", "held.json", held),
        _check("… and nothing is claimed on it, an hour ago or less", "……且无质押", "held.bin", (*free, *fresh)),
        _check("a bank has a claim on the other range", "另一凭证已质押给银行", "claim.json", claim),
        _check("no voucher uses this invoice", "该发票未被任何凭证占用", "absence.json", absent),
        _check("the log only grew since the members joined", "成员加入以来日志只增不改", "consistency.bin"),
        _check("REFUSED: a claimed range called unclaimed", "拒绝: 已质押却称未质押", "claim.json",
               ("--asset", pledged, "--is", "unclaimed"), no, "ANSWER_IS_NO"),
        _check("REFUSED: one byte changed, binary", "拒绝: 二进制文件改动一字节", "held-tampered.bin", free, broken),
        _check("REFUSED: one byte changed, JSON", "拒绝: JSON 文件改动一字节", "held-tampered.json", free, broken),
        _check("REFUSED: what was so, where what is so is asked", "拒绝: 以历史状态充当现状", "historical.json",
               free, no, "HISTORICAL"),
        _check("REFUSED: the absence of another invoice than asked", "拒绝: 证明的是另一张发票", "absence.json",
               ("--asset", used, "--is", "absent"), no, "NOT_ASKED"),
        _check("REFUSED: by the trust file of another network", "拒绝: 另一网络的信任文件", "held.json",
               free, no, "OTHER_NETWORK", "other-trust.json"),
    ]  # fmt: skip


def _check(
    english: str,
    chinese: str,
    name: str,
    question: tuple[str, ...] = (),
    exit_codes: tuple[int, ...] = (HOLDS,),
    reason: str = "",
    trust: str = TRUST,
) -> Check:
    return Check(english, chinese, (f"{PROOFS}/{name}", "--trust", trust, *question), exit_codes, reason)


def run_checks(output: Path, checks: Sequence[Check]) -> list[Checked]:
    """Run `hefu verify` for each, in the folder of the demo's output."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(lambda check: _run(output, check), checks))


def _run(output: Path, check: Check) -> Checked:
    command = [get_hefu(), "verify", *check.arguments]
    done = subprocess.run(
        command, cwd=output, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT_S, check=False
    )
    written = (done.stdout + done.stderr).strip().splitlines()
    return Checked(check, done.returncode, written[0] if written else "")
