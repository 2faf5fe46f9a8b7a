"""Making trust files of a network whose validators decide, and renewing them.

A trust file names the validators of genesis, or one trusted header and those it announces for the height after it.
They are trusted for a period that begins at genesis or at that header: whoever left could sign another history later. A
proof that is FINAL by a trust file leads to a newer header, with which the period begins anew.

Who has no trust file can begin with the newest header that a node shows (trust on first use). That header is decided by
validators of its own, for this network's chain, and carries the node's checkpoint; that they are the network's
validators is the node's word until it is compared with what others say.

Not here: a solo node's trust file (nodes/directory.py), and what makes a trust file good (ledger/trust.py).
"""

from collections.abc import Iterable, Sequence

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import Validator, compute_validators_hash, read_light_block, sort_validators
from ledger.notes import parse_note
from ledger.trust import check_finality, check_note, open_trust

TRUSTING_PERIOD_MS = 180 * 24 * 3_600_000


def build_network_trust(
    network: pb.NetworkId,
    origin: str,
    validators: Iterable[Validator],
    log_keys: Sequence[str],
    genesis_time_ms: int,
    trusting_period_ms: int,
    is_simulated: bool,
) -> pb.TrustFile:
    """What an auditor trusts of a network: genesis' validators in any order, and the nodes' verifier keys, if any.

    Raises MalformedInput where the trust file would not be good.
    """
    trust = pb.TrustFile(
        network=network,
        origin=origin,
        log_keys=[pb.TrustedKey(key=key) for key in log_keys],
        simulated_clock=is_simulated,
        validators=_list_trusted(sort_validators(validators)),
        genesis_time_ms=genesis_time_ms,
        trusting_period_ms=trusting_period_ms,
    )
    open_trust(trust)
    return trust


def renew_trust(trust: pb.TrustFile, finality: pb.Finality, now_ms: int) -> pb.TrustFile:
    """A copy that begins with the newest header of a proof which is final by this trust file.

    Raises MalformedInput where the validators change with the next height, ProofRefused where it is not final.
    """
    check_finality(finality, open_trust(trust), now_ms)
    renewed = _begin_with(trust, finality.light_blocks[-1])
    open_trust(renewed)
    return renewed


def begin_trust(trust: pb.TrustFile, note: bytes, finality: pb.Finality, now_ms: int) -> pb.TrustFile:
    """A copy that begins with the newest header, on first use: nothing but itself says that its validators are right.

    Raises MalformedInput where the validators change with the next height, or there is no header; ProofRefused where
    its own validators did not decide it for this network, or it does not carry the checkpoint of the `note`.
    """
    if not finality.light_blocks:
        raise MalformedInput("no signed header of the newest checkpoint was found; ask again", "finality")
    newest = finality.light_blocks[-1]
    begun = _begin_with(trust, newest)
    begun.trusting_period_ms = TRUSTING_PERIOD_MS
    opened = open_trust(begun)
    header = check_finality(pb.Finality(light_blocks=[newest]), opened, now_ms)
    check_note(parse_note(note).text, opened, header)
    return begun


def _begin_with(trust: pb.TrustFile, newest: pb.LightBlock) -> pb.TrustFile:
    block = read_light_block(newest)
    if compute_validators_hash(block.validators) != block.header.next_validators_hash:
        raise MalformedInput("the validators change with the next height; take a later header", "finality")
    begun = pb.TrustFile()
    begun.CopyFrom(trust)
    begun.trusted_header, begun.genesis_time_ms = newest.header, 0
    del begun.validators[:]
    begun.validators.extend(_list_trusted(block.validators))
    return begun


def _list_trusted(validators: Sequence[Validator]) -> list[pb.TrustedValidator]:
    return [pb.TrustedValidator(public_key=one.public_key, power=one.power) for one in validators]
