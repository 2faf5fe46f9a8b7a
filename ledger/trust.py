"""Whom an auditor trusts, and what a checkpoint is worth to that auditor.

A trust file is good if

1. it names a network, an origin, and validators or at least one plain log key of the operator;
2. no key stands in it twice, and no witness has a key of the operator or of another witness: each counts once;
3. a log key's range of sizes is one, and the quorum can be reached; validators are a set with a time from which, and a
   period in which, they are trusted (`light_client.py`).

A signed header is trusted if

4. the reader's clock is known, the trusting period has not ended, and no header is more than five minutes ahead;
5. each of 1 to 16 light blocks is decided by its own validators on this network's chain (`finality.py`), and trusted
   from the one before, the first from the trust file (`light_client.py`).

A note is trusted if

6. its text is a checkpoint of the trusted origin;
7. each of its signatures is by a key of the trust file, in the order of that file, good for this size, and verifies:
   a note has one form for one reader, and nothing stands in it that the reader did not check;
8. a trusted header carries the checkpoint's app hash, or, where the trust file names no validators, one of them is a
   plain signature of the operator: of many operators one must not speak for the network. In the first case there need
   be no signature: then the text stands alone.

It is FINAL if such a header carries it, and WITNESSED if at least `witness_quorum` witnesses cosigned it, perhaps both;
otherwise ATTESTED BY OPERATOR, which excludes no second history. It was the newest at the latest of: the time of that
header; the time by which a quorum of witnesses had cosigned it, which no smaller number of them can push forward; and,
where it is not final, the time of the operator's own cosignature: of many operators one must not vouch for the network.

Not here: what stands under the checkpoint (`verify.py`).
"""

from dataclasses import dataclass

from hefu.v1 import consensus_pb2
from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import NANOS_PER_MS, compute_chain_id, compute_time_ns, find_fault, read_light_block
from ledger.light_client import Basis, advance, find_step_fault, open_basis
from ledger.notes import (
    COSIGNATURE_V1,
    ED25519,
    Checkpoint,
    Note,
    VerifierKey,
    app_hash,
    parse_checkpoint,
    parse_note,
    parse_verifier_key,
    verify_cosignature,
    verify_signature,
)

MAX_NETWORK_NAME = 64
HASH_BYTES = 32
MAX_LIGHT_BLOCKS = 16
"""Most light blocks in one proof; each step may replace two thirds of the power."""
CLOCK_TOLERANCE_MS = 300_000
"""How far a statement may lie ahead of the reader's clock."""
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
    """A checked trust file: its signers in their order, witnesses last. `basis`: its validators, None without any."""

    file: pb.TrustFile
    signers: tuple[TrustedSigner, ...]
    basis: Basis | None


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
    if not file.validators and not any(signer.key.algorithm == ED25519 for signer in signers):
        raise MalformedInput("must hold a plain Ed25519 key, or validators must be named", "log_keys")
    _refuse_repeated_keys(signers)  # 2
    # 3
    if file.witness_quorum > len(file.witnesses):
        raise MalformedInput("more than there are witnesses", "witness_quorum")
    if file.expires_at_ms < 0:
        raise MalformedInput("must not be negative", "expires_at_ms")
    if not file.validators and (file.trusted_header or file.genesis_time_ms or file.trusting_period_ms):
        raise MalformedInput("must be named beside what is said of them", "validators")
    return Trust(file, signers, open_basis(file) if file.validators else None)


def check_network(network: pb.NetworkId, field: str) -> None:
    """Refuse what is not the id of a network."""
    if not 1 <= len(network.name) <= MAX_NETWORK_NAME or not _NAME_CHARACTERS.issuperset(network.name):
        raise MalformedInput(f"1 to {MAX_NETWORK_NAME} characters of a–z 0–9 . -", f"{field}.name")
    if len(network.genesis_hash) != HASH_BYTES:
        raise MalformedInput(f"must be {HASH_BYTES} bytes", f"{field}.genesis_hash")


def check_finality(finality: pb.Finality, trust: Trust, now_ms: int | None) -> consensus_pb2.Header:
    """The last header of a proof's light blocks, trusted by points 4 and 5. `now_ms` is the reader's clock.

    Raises MalformedInput, or ProofRefused: UNTRUSTED_CHECKPOINT, CLOCK_NEEDED, TRUST_EXPIRED, FROM_THE_FUTURE,
    NOT_FINAL, UNTRUSTED_VALIDATORS.
    """
    basis = trust.basis
    if basis is None:
        raise _refused("votes of validators that the trust file does not name; export it with this trust file")
    # 4
    if now_ms is None:
        raise ProofRefused("CLOCK_NEEDED", "validators are trusted for a time; without a clock nobody knows how long")
    if now_ms * NANOS_PER_MS >= basis.time_ns + trust.file.trusting_period_ms * NANOS_PER_MS:
        raise ProofRefused("TRUST_EXPIRED", "the trusting period of the validators has ended; get a new trust file")
    if not 1 <= len(finality.light_blocks) <= MAX_LIGHT_BLOCKS:
        raise MalformedInput(f"1 to {MAX_LIGHT_BLOCKS} light blocks", "finality")
    chain_id = compute_chain_id(trust.file.network)
    header = consensus_pb2.Header()
    for encoded in finality.light_blocks:
        block = read_light_block(encoded)
        if block.time_ns > (now_ms + CLOCK_TOLERANCE_MS) * NANOS_PER_MS:
            raise ProofRefused("FROM_THE_FUTURE", f"a header is ahead of the clock, which shows {now_ms}")
        # 5
        fault = find_fault(block, chain_id)
        if fault is not None:
            raise ProofRefused("NOT_FINAL", fault)
        fault = find_step_fault(basis, block)
        if fault is not None:
            raise ProofRefused("UNTRUSTED_VALIDATORS", fault)
        basis, header = advance(block), block.header
    return header


def open_note(data: bytes, may_be_bare: bool) -> Note:
    """Read a note, or where it may be one, the text of a checkpoint that nobody signed (8)."""
    # Only the empty line before its signatures tells a note from its text.
    return Note(data, ()) if may_be_bare and b"\n\n" not in data else parse_note(data)


def check_note(
    data: bytes, trust: Trust, header: consensus_pb2.Header | None = None, is_prefix: bool = False
) -> TrustedNote:
    """Check a checkpoint by points 6 to 8. `header` is a trusted one that should carry it.

    `is_prefix`: that its log is the beginning of a final one is shown elsewhere, so nobody need have signed it. Raises
    MalformedInput, or ProofRefused: UNTRUSTED_CHECKPOINT, NOT_FINAL.
    """
    # 6
    is_vouched = header is not None or is_prefix
    note = open_note(data, is_vouched)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != trust.file.origin:
        raise _refused(f"a checkpoint of {checkpoint.origin!r}, not of the trusted log")
    # 7
    found = _find_signers(note, trust)
    for signer in found:
        if not signer.is_good_for(checkpoint.size):
            raise _refused(f"{signer.key.name} does not sign for size {checkpoint.size}")
    times = {signer: verify_cosignature(note, signer.key) for signer in found if _is_cosigner(signer)}
    plain = [verify_signature(note, signer.key) for signer in found if not _is_cosigner(signer)]
    if None in times.values() or not all(plain):
        raise _refused("a signature does not verify")
    # 8
    if not plain and not is_vouched:
        raise _refused("the operator has not signed it")
    if trust.basis is not None and not is_vouched:
        raise ProofRefused("NOT_FINAL", "no votes of the validators, whom the trust file names; ask for it again")
    if header is not None and header.app_hash != app_hash(note.text):
        raise ProofRefused("NOT_FINAL", f"the header of height {header.height} carries another app hash")
    operator = [seconds for signer, seconds in times.items() if seconds is not None and not signer.is_witness]
    witnesses = [seconds for signer, seconds in times.items() if seconds is not None and signer.is_witness]
    return _judge(checkpoint, trust.file, header, operator, sorted(witnesses, reverse=True))


def _judge(
    checkpoint: Checkpoint,
    file: pb.TrustFile,
    header: consensus_pb2.Header | None,
    operator: list[int],
    witnesses: list[int],
) -> TrustedNote:
    """The assurance, and the newest time that is vouched for (cosignatures in seconds; witnesses newest first)."""
    if header is None:
        words, times_ms = [], [seconds * 1000 for seconds in operator]
    else:
        words, times_ms = ["FINAL"], [compute_time_ns(header) // NANOS_PER_MS]
    quorum = file.witness_quorum
    if 0 < quorum <= len(witnesses):
        words.append(f"WITNESSED {len(witnesses)} of {len(file.witnesses)}")
        times_ms.append(witnesses[quorum - 1] * 1000)
    return TrustedNote(checkpoint, ", ".join(words) or "ATTESTED BY OPERATOR", max(times_ms, default=None))


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
