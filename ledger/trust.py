"""Whom an auditor trusts, and what a checkpoint is worth to that auditor.

A trust file is good if

1. it names a network, an origin and at least one plain log key of the operator;
2. no key stands in it twice, and no witness has a key of the operator or of another witness: each counts once;
3. a log key's range of sizes is one, and the quorum can be reached.

A note is trusted if

4. its text is a checkpoint of the trusted origin;
5. each of its signatures is by a key of the trust file, in the order of that file, good for this size, and verifies:
   a note has one form for one reader, and nothing stands in it that the reader did not check;
6. one of them is a plain signature of the operator.

It is WITNESSED if at least `witness_quorum` witnesses cosigned it, otherwise ATTESTED BY OPERATOR, which excludes no
second history. It was the newest at the later of: the time of the operator's own cosignature; the time by which a
quorum of witnesses had cosigned it, which no smaller number of them can push forward.

Not here: what stands under the checkpoint (`verify.py`).
"""

from dataclasses import dataclass

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.notes import (
    COSIGNATURE_V1,
    ED25519,
    Checkpoint,
    Note,
    VerifierKey,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    verify_cosignature,
    verify_signature,
)

MAX_NETWORK_NAME = 64
HASH_BYTES = 32
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


class ProofRefused(Exception):
    """A proof that does not hold, or not what was asked. `reason` is its name, `message` English for the reader."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class TrustedSigner:
    """A key of the trust file and the sizes of the log for which it signs; `last_size` 0 = no end."""

    key: VerifierKey
    is_witness: bool
    first_size: int = 0
    last_size: int = 0

    def is_good_for(self, size: int) -> bool:
        """Whether the key may sign a checkpoint of this size."""
        return self.first_size <= size and (not self.last_size or size <= self.last_size)


@dataclass(frozen=True, slots=True)
class Trust:
    """A checked trust file: its signers in their order, witnesses last."""

    file: pb.TrustFile
    signers: tuple[TrustedSigner, ...]


@dataclass(frozen=True, slots=True)
class TrustedNote:
    """A checkpoint that the trust file vouches for. `newest_ms`: when it was last known to be the newest, or None."""

    checkpoint: Checkpoint
    assurance: str
    newest_ms: int | None


def open_trust(file: pb.TrustFile) -> Trust:
    """Check a trust file and decode its keys; MalformedInput where it says nothing that could be relied on."""
    # 1
    check_network(file.network, "network")
    if not file.origin:
        raise MalformedInput("must be named", "origin")
    signers = _read_signers(file)
    if not any(signer.key.algorithm == ED25519 for signer in signers):
        raise MalformedInput("must hold a plain Ed25519 key", "log_keys")
    _refuse_repeated_keys(signers)  # 2
    # 3
    if file.witness_quorum > len(file.witnesses):
        raise MalformedInput("more than there are witnesses", "witness_quorum")
    if file.expires_at_ms < 0:
        raise MalformedInput("must not be negative", "expires_at_ms")
    return Trust(file, signers)


def check_network(network: pb.NetworkId, field: str) -> None:
    """Refuse what is not the id of a network."""
    if not 1 <= len(network.name) <= MAX_NETWORK_NAME or not _NAME_CHARACTERS.issuperset(network.name):
        raise MalformedInput(f"1 to {MAX_NETWORK_NAME} characters of a–z 0–9 . -", f"{field}.name")
    if len(network.genesis_hash) != HASH_BYTES:
        raise MalformedInput(f"must be {HASH_BYTES} bytes", f"{field}.genesis_hash")


def check_note(data: bytes, trust: Trust) -> TrustedNote:
    """Check a checkpoint by points 4 to 6. Raises MalformedInput, or ProofRefused: UNTRUSTED_CHECKPOINT."""
    # 4
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != trust.file.origin:
        raise _refused(f"a checkpoint of {checkpoint.origin!r}, not of the trusted log")
    # 5
    found = _find_signers(note, trust)
    for signer in found:
        if not signer.is_good_for(checkpoint.size):
            raise _refused(f"{signer.key.name} does not sign for size {checkpoint.size}")
    times = {signer: verify_cosignature(note, signer.key) for signer in found if _is_cosigner(signer)}
    plain = [verify_signature(note, signer.key) for signer in found if not _is_cosigner(signer)]
    if None in times.values() or not all(plain):
        raise _refused("a signature does not verify")
    # 6
    if not plain:
        raise _refused("the operator has not signed it")
    operator = [seconds for signer, seconds in times.items() if seconds is not None and not signer.is_witness]
    witnesses = [seconds for signer, seconds in times.items() if seconds is not None and signer.is_witness]
    return _judge(checkpoint, trust.file, operator, sorted(witnesses, reverse=True))


def _judge(checkpoint: Checkpoint, file: pb.TrustFile, operator: list[int], witnesses: list[int]) -> TrustedNote:
    """The assurance, and the newest time that the cosignatures (seconds; witnesses newest first) vouch for."""
    times = list(operator)
    assurance = "ATTESTED BY OPERATOR"
    quorum = file.witness_quorum
    if 0 < quorum <= len(witnesses):
        assurance = f"WITNESSED {len(witnesses)} of {len(file.witnesses)}"
        times.append(witnesses[quorum - 1])
    return TrustedNote(checkpoint, assurance, max(times) * 1000 if times else None)


def _read_signers(file: pb.TrustFile) -> tuple[TrustedSigner, ...]:
    signers = []
    for trusted in file.log_keys:
        if trusted.first_size < 0 or (trusted.last_size and trusted.last_size < trusted.first_size):
            raise MalformedInput("not a range of sizes", "log_keys")
        signers.append(TrustedSigner(parse_verifier_key(trusted.key), False, trusted.first_size, trusted.last_size))
    for text in file.witnesses:
        key = parse_verifier_key(text)
        if key.algorithm != COSIGNATURE_V1:
            raise MalformedInput("a witness signs with a timestamp", "witnesses")
        signers.append(TrustedSigner(key, True))
    return tuple(signers)


def _refuse_repeated_keys(signers: tuple[TrustedSigner, ...]) -> None:
    lines = [(signer.key.name, signer.key.key_id) for signer in signers]
    operator = [signer.key.public_key for signer in signers if not signer.is_witness]
    witnesses = [signer.key.public_key for signer in signers if signer.is_witness]
    # The operator may use one key for both types of signature; a witness is a witness only with a key of its own.
    for values in (lines, [*dict.fromkeys(operator), *witnesses]):
        if len(frozenset(values)) != len(values):
            raise MalformedInput("a key stands in the file twice", "log_keys")


def _find_signers(note: Note, trust: Trust) -> list[TrustedSigner]:
    """Whose signatures the note carries, in the order in which they stand there, which must be the trust file's."""
    found = [signer for signer in trust.signers if note.find_signature(signer.key) is not None]
    if [(signer.key.name, signer.key.key_id) for signer in found] != [(s.name, s.key_id) for s in note.signatures]:
        raise _refused("signatures that are not the trust file's, or not in its order; export it with this trust file")
    return found


def _is_cosigner(signer: TrustedSigner) -> bool:
    return signer.key.algorithm == COSIGNATURE_V1


def _refused(message: str) -> ProofRefused:
    return ProofRefused("UNTRUSTED_CHECKPOINT", message)
