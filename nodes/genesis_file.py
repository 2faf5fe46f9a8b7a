"""Building a Genesis from plain values, with defaults that a small network can begin with.

What is built is judged where it is used (identity.genesis.build_records), not here.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import ledger_pb2, receivables_pb2
from identity.rules import compute_uscc_check
from nodes.keys import Key, make_key
from receivables.genesis import genesis_records

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
KEY_VALIDITY_MS = 10 * 365 * DAY_MS
TWO_PERSON_ROLES = (pb.BANK, pb.FACTOR, pb.CORE_ENTERPRISE, pb.GUARANTOR, pb.CLEARING_BANK, pb.REGISTRAR)
"""Whose policies need two persons in every rule: those whose word moves other people's money."""
ATTESTING_ROLES = (pb.BANK, pb.FACTOR, pb.CLEARING_BANK, pb.REGISTRAR)
"""Who issues credentials: those who must know their customers."""

# The State Council's notice on the public holidays of 2026. Weekend days that are holidays anyhow are not listed.
HOLIDAYS_2026 = (
    "2026-01-01", "2026-01-02", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20", "2026-02-23",
    "2026-04-06", "2026-05-01", "2026-05-04", "2026-05-05", "2026-06-19", "2026-09-25", "2026-10-01", "2026-10-02",
    "2026-10-05", "2026-10-06", "2026-10-07",
)  # fmt: skip
WORKDAYS_2026 = ("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10")


@dataclass(frozen=True, slots=True)
class Founder:
    """An organisation that is there from the beginning. Without a policy, maker and checker sign everything."""

    organisation: str
    name: str
    roles: tuple[pb.Role, ...]
    keys: tuple[Key, ...]
    policy: pb.Policy = field(default_factory=lambda: build_policy())


def build_policy(persons: int = 2, daily_limit_fen: int = 0) -> pb.Policy:
    """One rule for everything: with two persons a maker and a checker, with one anybody."""
    roles = [pb.MAKER, pb.CHECKER] if persons == 2 else []
    return pb.Policy(rules=[pb.PolicyRule(persons=persons, roles=roles)], daily_limit_fen=daily_limit_fen)


def build_limits() -> ledger_pb2.Limits:
    """32 KiB and 16 signatures a transaction, a day of validity; one organisation may fill a block."""
    return ledger_pb2.Limits(
        transaction_bytes=32_768, signatures=16, transactions_per_organisation_block=100_000, horizon_ms=24 * HOUR_MS
    )


def build_identity_rules(
    voted_roles: Sequence[pb.Role] = (), certificate_roles: Sequence[pb.Role] = ()
) -> pb.IdentityRules:
    """The default rulebook of identity: proposals stay open for 30 days, a re-enrolment waits for 72 hours."""
    return pb.IdentityRules(
        two_person_roles=sorted(TWO_PERSON_ROLES),
        voted_roles=sorted(voted_roles),
        certificate_roles=sorted(certificate_roles),
        attesting_roles=sorted(ATTESTING_ROLES),
        max_proposal_ms=30 * DAY_MS,
        reenrolment_wait_ms=72 * HOUR_MS,
    )


def build_electorate(voters: Sequence[str]) -> pb.Electorate:
    """Founders that vote; the threshold is the least that is more than two thirds of them."""
    return pb.Electorate(voters=sorted(voters), threshold=2 * len(voters) // 3 + 1)


def build_voucher_rules() -> receivables_pb2.VoucherRules:
    """The default rulebook: up to 1 000 000 000.00 yuan a package, from 1 yuan a piece, a year's term.

    Classes, lines and the 60-day rule bind where the consortium puts them in: they are its agreement, not ours.
    """
    return receivables_pb2.VoucherRules(
        max_face_fen=100_000_000_000,
        min_piece_fen=100,
        max_layers=16,
        max_pieces=1000,
        max_term_days=366,
        long_term_days=180,
        grace_days=0,
        cut_off_business_days=1,
        max_answer_ms=7 * DAY_MS,
        year_basis_days=360,
        objection_days=30,
        account_delay_ms=3 * DAY_MS,
        confirmation_days=30,
    )


def build_calendar(
    holidays: Sequence[str] = HOLIDAYS_2026, workdays: Sequence[str] = WORKDAYS_2026
) -> receivables_pb2.BusinessCalendar:
    """A business calendar of ISO dates: weekdays that are free, and weekend days that are worked (调休)."""
    return receivables_pb2.BusinessCalendar(holidays=_to_days(holidays), workdays=_to_days(workdays))


def build_admission(founder: Founder, valid_from_ms: int) -> pb.AdmitOrganisation:
    """The admission of an organisation whose keys are good for ten years from `valid_from_ms` on."""
    keys = [key.to_new_key(valid_from_ms, valid_from_ms + KEY_VALIDITY_MS) for key in founder.keys]
    return pb.AdmitOrganisation(
        organisation=founder.organisation,
        name=founder.name,
        roles=sorted(founder.roles),
        policy=founder.policy,
        keys=keys,
    )


def build_genesis(
    network_name: str,
    time_ms: int,
    founders: Sequence[Founder],
    simulated_clock: bool = False,
    rules: receivables_pb2.VoucherRules | None = None,
    calendar: receivables_pb2.BusinessCalendar | None = None,
    limits: ledger_pb2.Limits | None = None,
    identity_rules: pb.IdentityRules | None = None,
    electorate: pb.Electorate | None = None,
    authorities: Sequence[pb.AuthorityChange] = (),
    validators: Sequence[pb.Validator] = (),
) -> bytes:
    """Genesis bytes with a random salt. `time_ms` is the block time of block 0 and the beginning of all keys.

    Without an electorate nothing can be changed by vote, ever; without validators a single node makes the blocks.
    """
    ordered = sorted(founders, key=lambda founder: founder.organisation)
    ordered_validators = sorted(validators, key=lambda validator: validator.public_key)
    ordered_authorities = sorted(authorities, key=lambda change: change.certificate)
    records = genesis_records(rules or build_voucher_rules(), calendar or build_calendar())
    genesis = pb.Genesis(
        network_name=network_name,
        salt=secrets.token_bytes(32),
        time_ms=time_ms,
        simulated_clock=simulated_clock,
        limits=limits or build_limits(),
        founders=[build_admission(founder, time_ms) for founder in ordered],
        identity_rules=identity_rules or build_identity_rules(),
        records=[pb.GenesisRecord(key=key, body=body) for key, body in sorted(records)],
        electorate=electorate,
        authorities=ordered_authorities,
        validators=ordered_validators,
    )
    return genesis.SerializeToString(deterministic=True)


def make_uscc(number: int) -> str:
    """A valid USCC 统一社会信用代码 of the region 999999, which does not exist; `number` is below 10^9."""
    first = f"91999999{number:09d}"
    return first + compute_uscc_check(first)


def build_registrar() -> Founder:
    """The registrar of a development network, with new random keys: of its maker, and of its checker."""
    organisation = make_uscc(1)
    maker = make_key(organisation, "registrar maker", [pb.MAKER])
    checker = make_key(organisation, "registrar checker", [pb.CHECKER])
    return Founder(organisation, "合符开发网登记处", (pb.REGISTRAR,), (maker, checker))


def _to_days(dates: Sequence[str]) -> list[int]:
    epoch = date(1970, 1, 1)
    return sorted((date.fromisoformat(text) - epoch).days for text in dates)
