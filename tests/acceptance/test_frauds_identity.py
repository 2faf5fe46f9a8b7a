"""Who is who, told on a running node: a forged core enterprise, stolen instructions, keys made behind somebody's back.

The rulebook asks banks and core enterprises for certificates. The town's own CA is trusted; the forger has another one
of the same name.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from hefu.v1 import identity_pb2 as pb
from identity.certificates import read_evidence
from identity.rejections import (
    AUTHORITY_NOT_TRUSTED,
    CERTIFICATE_NEEDED,
    CERTIFICATE_NOT_VERIFIED,
    CERTIFICATE_REVOKED,
    CERTIFICATE_TOO_SHORT,
    KEY_ALREADY_BOUND,
    KEY_CONSENT_MISSING,
    KEY_NOT_YET_VALID,
    KEY_REVOKED,
    KEY_WITHOUT_CERTIFICATE,
    POSSESSION_NOT_PROVED,
    REVOCATIONS_NOT_VERIFIED,
    REVOCATIONS_STALE,
    VALIDITY_INVALID,
)
from nodes.genesis_file import build_admission, build_identity_rules
from nodes.keys import Key, make_key
from tests.support.authority import CertificateAuthority, build_revocations, read_serial
from tests.support.town import DAY_MS, MONDAY, Member, Town, compute_morning_ms, make_pair, open_town

BEGINS_MS = compute_morning_ms(MONDAY) - 30 * DAY_MS
HOUR_MS = 3_600_000
CERTIFIED = (pb.BANK, pb.CORE_ENTERPRISE)


class Certified:
    """The town, the CA that it trusts, and the forger's."""

    def __init__(self, town: Town, root: CertificateAuthority) -> None:
        self.town = town
        self.root = root
        self.issuer = CertificateAuthority("Issuer", BEGINS_MS, kind="ed25519", parent=root)
        self.forger = CertificateAuthority(root.name, BEGINS_MS)

    def new_key(self, key: Key, issuer: CertificateAuthority | None = None, from_ms: int = 0) -> pb.NewKey:
        """A key with its certificates, good for half a year."""
        begins_ms = from_ms or self.town.now_ms
        new = key.to_new_key(begins_ms, begins_ms + 180 * DAY_MS)
        return (issuer or self.issuer).certify_key(key.organisation, new, self.town.now_ms // 1000 * 1000)

    def admission(self, member: Member, issuer: CertificateAuthority | None = None) -> pb.AdmitOrganisation:
        """The registrar's admission of a member with certified keys."""
        admission = build_admission(member.founder, self.town.now_ms)
        del admission.keys[:]
        admission.keys.extend(self.new_key(key, issuer) for key in member.founder.keys)
        return admission

    def revocations(self, *entries: tuple[int, bytes]) -> pb.EnterRevocations:
        """The issuer's newest list, with these serial numbers and keys."""
        encoded = self.issuer.revoke([serial for serial, _ in entries], self.town.now_ms // 1000 * 1000)
        return build_revocations(self.issuer, encoded, entries)


@asynccontextmanager
async def open_certified(tmp_path, lists_required: bool = False) -> AsyncIterator[Certified]:
    root = CertificateAuthority("Root", BEGINS_MS)
    trusted = pb.AuthorityChange(certificate=root.certificate, name="Root", lists_required=lists_required)
    rules = build_identity_rules(certificate_roles=CERTIFIED)
    async with open_town(tmp_path, rules, [trusted]) as town:
        yield Certified(town, root)


def real_serial(key: pb.NewKey) -> int:
    return read_serial(key.certificate.chain[0])


def make_core(number: int) -> Member:
    return make_pair(number, "伪造集团", pb.CORE_ENTERPRISE)


def claim(key: pb.NewKey, root: CertificateAuthority) -> None:
    """Say of a chain that it ends at an authority that it never saw."""
    key.certificate.authority = key.certificate.links[-1].issuer = root.fingerprint


async def test_a_core_enterprise_is_not_forged(tmp_path):
    """Fraud 14, 承兴 2019. Without certificates; with those of a CA that only has the name; with that CA's chain said
    to be the trusted one's; with a real chain of somebody else: nobody of that name is admitted, and the log has not
    grown but for what the rules themselves refused.
    """
    async with open_certified(tmp_path) as world:
        town, forged = world.town, make_core(60)
        bare = build_admission(forged.founder, town.now_ms)
        assert await town.refusal(town.registrar, bare) == (CERTIFICATE_NEEDED, "keys")
        before = await town.client.status()

        unknown = world.admission(forged, world.forger)
        assert await town.refusal(town.registrar, unknown) == (AUTHORITY_NOT_TRUSTED, "keys")
        passed_off = world.admission(forged, world.forger)
        for key in passed_off.keys:
            claim(key, world.root)
        assert await town.refusal(town.registrar, passed_off) == (CERTIFICATE_NOT_VERIFIED, "keys")
        borrowed = world.admission(forged)
        real = world.admission(make_core(61))
        for key, other in zip(borrowed.keys, real.keys, strict=True):
            key.certificate.CopyFrom(other.certificate)
        assert await town.refusal(town.registrar, borrowed) == (CERTIFICATE_NOT_VERIFIED, "keys")
        renamed = world.admission(forged)
        renamed.keys[0].certificate.CopyFrom(
            read_evidence(
                [world.issuer.certify(town.core.id, renamed.keys[0].public_key, BEGINS_MS), *world.issuer.chain],
                world.root.certificate,
            )
        )
        assert await town.refusal(town.registrar, renamed) == (CERTIFICATE_NOT_VERIFIED, "keys")
        assert (await town.client.status()).root == before.root

        genuine = world.admission(forged)
        await town.say(town.registrar, genuine)
        await town.say(forged, pb.SetPolicy(policy=forged.founder.policy))


async def test_certificates_are_not_made_to_last_longer_than_they_do(tmp_path):
    async with open_certified(tmp_path) as world:
        town, member = world.town, make_core(60)
        longer = world.admission(member)
        for key in longer.keys:
            key.valid_until_ms = key.certificate.not_after_ms + 1
        assert await town.refusal(town.registrar, longer) == (CERTIFICATE_TOO_SHORT, "keys")
        for key in longer.keys:
            key.certificate.not_after_ms += 1
        assert await town.refusal(town.registrar, longer) == (CERTIFICATE_NOT_VERIFIED, "keys")


async def test_a_key_is_not_taken_from_its_holder(tmp_path):
    """Somebody else's public key, with a certificate that its CA gave by mistake: its holder never signed for this."""
    async with open_certified(tmp_path) as world:
        town, forged = world.town, make_core(60)
        victim = town.bank.keys[0].public_key
        stolen = world.admission(forged)
        key = stolen.keys[0]
        key.public_key = victim
        leaf = world.issuer.certify(forged.id, victim, BEGINS_MS)
        key.certificate.CopyFrom(read_evidence([leaf, *world.issuer.chain], world.root.certificate))
        assert await town.refusal(town.registrar, stolen) == (POSSESSION_NOT_PROVED, "keys")
        key.possession = sha256(b"forged").digest() * 2
        assert await town.refusal(town.registrar, stolen) == (POSSESSION_NOT_PROVED, "keys")

        # A proof that its holder once gave for its own bank is none for another organisation, nor for another person.
        key.possession = town.bank.keys[0].compute_possession()
        assert await town.refusal(town.registrar, stolen) == (POSSESSION_NOT_PROVED, "keys")
        own = pb.AdmitKey(organisation=town.bank.id, key=world.new_key(town.bank.keys[0]))
        assert await town.refusal(town.registrar, own, town.bank) == (KEY_ALREADY_BOUND, "key")


async def test_the_registrar_makes_no_key_for_a_bank(tmp_path):
    """It may admit members; it may not sign for them: not alone, not with an accomplice, not by a notice in secret."""
    async with open_certified(tmp_path) as world:
        town = world.town
        puppet = [make_key(town.bank.id, "puppet", [role]) for role in (pb.MAKER, pb.CHECKER)]
        one = pb.AdmitKey(organisation=town.bank.id, key=world.new_key(puppet[0]))
        assert await town.refusal(town.registrar, one) == (KEY_CONSENT_MISSING, "organisation")
        assert await town.refusal(town.registrar, one, town.thief) == (KEY_CONSENT_MISSING, "organisation")

        # With certificates that a CA gave out without looking, it must still give notice, and wait.
        now = [world.new_key(key) for key in puppet]
        notice = pb.OpenReenrolment(organisation=town.bank.id, keys=now, reason_digest=bytes(32))
        assert await town.refusal(town.registrar, notice) == (VALIDITY_INVALID, "keys")
        due_ms = town.now_ms + 73 * HOUR_MS
        del notice.keys[:]
        notice.keys.extend(world.new_key(key, from_ms=due_ms) for key in puppet)
        await town.say(town.registrar, notice)
        theft = town.take(town.request(await town.live("T-1"), town.bank))
        assert await town.refusal(town.bank, theft, keys=puppet) == (KEY_NOT_YET_VALID, "")

        # The bank reads of it in the log, and objects.
        await town.say(town.bank, pb.ObjectReenrolment(organisation=town.bank.id))
        await town.wait_until(due_ms + HOUR_MS)
        assert await town.refusal(town.bank, theft, keys=puppet) == (KEY_REVOKED, "")


async def test_a_bank_whose_keys_are_gone_signs_again_after_the_waiting_period(tmp_path):
    async with open_certified(tmp_path) as world:
        town = world.town
        for key in town.bank.keys:
            await town.say(town.registrar, pb.RevokeKey(public_key=key.public_key))
        new = make_pair(6, town.bank.name, pb.BANK)
        due_ms = town.now_ms + 73 * HOUR_MS
        keys = [world.new_key(key, from_ms=due_ms) for key in new.keys]
        notice = pb.OpenReenrolment(organisation=town.bank.id, keys=keys, reason_digest=bytes(32))
        await town.say(town.registrar, notice)
        objection = pb.ObjectReenrolment(organisation=town.bank.id)
        assert await town.refusal(town.bank, objection, keys=new.keys) == (KEY_NOT_YET_VALID, "")
        await town.wait_until(due_ms)
        await town.say(new, pb.SetPolicy(policy=new.founder.policy))


async def test_a_key_ends_with_its_certificate(tmp_path):
    """The CA revokes it, the registrar enters the list; nobody else's list, and no list that says something else."""
    async with open_certified(tmp_path) as world:
        town, member = world.town, make_core(60)
        admission = world.admission(member)
        await town.say(town.registrar, admission)
        maker = admission.keys[0]
        forged = world.revocations((real_serial(maker), maker.public_key))
        forged.list = world.forger.revoke([real_serial(maker)], town.now_ms // 1000 * 1000)
        assert await town.refusal(town.registrar, forged) == (REVOCATIONS_NOT_VERIFIED, "list")
        invented = world.revocations()
        invented.revoked.add(
            serial=maker.certificate.links[0].serial, revoked_at_ms=BEGINS_MS, public_key=maker.public_key
        )
        assert await town.refusal(town.registrar, invented) == (REVOCATIONS_NOT_VERIFIED, "list")
        policy = pb.SetPolicy(policy=member.founder.policy)
        await town.say(member, policy)

        await town.say(town.registrar, world.revocations((real_serial(maker), maker.public_key)))
        assert await town.refusal(member, policy) == (KEY_REVOKED, "")


async def test_the_keys_below_a_ca_that_was_broken_into_end_together(tmp_path):
    """The root revokes the certificate of the issuer: what stands on it signs nothing more, and nobody new comes in."""
    async with open_certified(tmp_path) as world:
        town, member = world.town, make_core(60)
        admission = world.admission(member)
        await town.say(town.registrar, admission)
        broken = read_serial(world.issuer.certificate)
        encoded = world.root.revoke([broken], town.now_ms // 1000 * 1000)
        ended = [(broken, key.public_key) for key in admission.keys]
        stranger = build_revocations(world.root, encoded, [*ended, (broken, town.bank.keys[0].public_key)])
        assert await town.refusal(town.registrar, stranger) == (KEY_WITHOUT_CERTIFICATE, "revoked")
        await town.say(town.registrar, build_revocations(world.root, encoded, ended))
        policy = pb.SetPolicy(policy=member.founder.policy)
        assert await town.refusal(member, policy) == (KEY_REVOKED, "")
        assert await town.refusal(town.registrar, world.admission(make_core(61))) == (CERTIFICATE_REVOKED, "keys")


async def test_no_key_comes_in_on_a_revoked_certificate_or_without_a_fresh_list(tmp_path):
    async with open_certified(tmp_path, lists_required=True) as world:
        town, member = world.town, make_core(60)
        admission = world.admission(member)
        assert await town.refusal(town.registrar, admission) == (REVOCATIONS_STALE, "keys")
        await town.say(town.registrar, world.revocations((real_serial(admission.keys[1]), b"")))
        assert await town.refusal(town.registrar, admission) == (CERTIFICATE_REVOKED, "keys")
        await town.say(town.registrar, world.admission(member))

        await town.wait_for_morning(MONDAY + 8)
        late = make_core(61)
        assert await town.refusal(town.registrar, world.admission(late)) == (REVOCATIONS_STALE, "keys")
