"""The small consortium with a certificate authority that it trusts, and one below that issues to members."""

from typing import Any

from hefu.v1 import identity_pb2 as pb
from identity.records import RULES_KEY, compute_authority_key
from ledger.context import Record
from tests.support.authority import CertificateAuthority
from tests.unit.identity.world import CORE, NOW_MS, SALT, World, make_key

DAY_MS = 86_400_000
WAIT_MS = 3 * DAY_MS
BEGINS_MS = NOW_MS - 100 * DAY_MS
SOON_MS = NOW_MS + 300 * DAY_MS
"""Within the validity of every certificate that is made here for a year or longer."""

# Made once: keys are dear.
ROOT = CertificateAuthority("Root", BEGINS_MS)
ISSUER = CertificateAuthority("Issuer", BEGINS_MS, kind="rsa", parent=ROOT)
FOREIGN = CertificateAuthority("Root", BEGINS_MS)
"""An authority of the same name that nobody trusts."""


def put(world: World, key: str, record: Any) -> None:
    """A record as an earlier block has left it."""
    world.source.records[key] = Record(record.SerializeToString(deterministic=True), SALT)


def trust(world: World, authority: CertificateAuthority = ROOT, **terms: Any) -> None:
    """The consortium trusts an authority, on these terms."""
    record = pb.Authority(certificate=authority.certificate, name=authority.name, trusted_at_ms=BEGINS_MS, **terms)
    put(world, compute_authority_key(authority.fingerprint), record)


def set_rules(world: World, **rules: Any) -> None:
    """The rulebook of identity is this one from now on."""
    put(world, RULES_KEY, pb.IdentityRules(**rules))


def make_certified_key(
    name: str = "another", organisation: str = CORE, of: str = "core-anna", days: int = 365, **changes: Any
) -> pb.NewKey:
    """A key with a chain of two certificates, good from now on until SOON_MS."""
    issuer = changes.pop("issuer", ISSUER)
    changes = {"valid_from_ms": NOW_MS, "valid_until_ms": SOON_MS, **changes}
    key = make_key(organisation, name, of, changes.pop("roles", [pb.MAKER]), **changes)
    certified: pb.NewKey = issuer.certify_key(organisation, key, NOW_MS, days)
    return certified


def make_world(**rules: Any) -> World:
    """A world that trusts ROOT, and has these rules beside the usual ones."""
    world = World()
    trust(world)
    set_rules(world, reenrolment_wait_ms=WAIT_MS, attesting_roles=[pb.BANK], **rules)
    return world
