"""Making trust files of a network whose validators decide, and renewing them.

A trust file names the validators of genesis, or one trusted header and those it announces for the height after it.
They are trusted for a period that begins at genesis or at that header: whoever left could sign another history later. A
proof that is FINAL by a trust file leads to a newer header, with which the period begins anew.

Not here: a solo node's trust file (nodes/directory.py), and what makes a trust file good (ledger/trust.py).
"""

from collections.abc import Iterable, Sequence

from hefu.v1 import ledger_pb2 as pb
from ledger.errors import MalformedInput
from ledger.finality import Validator, compute_validators_hash, read_light_block, sort_validators
from ledger.trust import check_finality, open_trust


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
    newest = finality.light_blocks[-1]
    block = read_light_block(newest)
    if compute_validators_hash(block.validators) != block.header.next_validators_hash:
        raise MalformedInput("the validators change with the next height; take a proof of a later one", "finality")
    renewed = pb.TrustFile()
    renewed.CopyFrom(trust)
    renewed.trusted_header, renewed.genesis_time_ms = newest.header, 0
    del renewed.validators[:]
    renewed.validators.extend(_list_trusted(block.validators))
    open_trust(renewed)
    return renewed


def _list_trusted(validators: Sequence[Validator]) -> list[pb.TrustedValidator]:
    return [pb.TrustedValidator(public_key=one.public_key, power=one.power) for one in validators]
