"""Certificates, lost keys and credentials by the command line, on a node whose rulebook asks banks for certificates."""

import json
import re
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from hefu.v1 import identity_pb2 as pb
from ledger.transaction import decode
from nodes.cli.app import app
from nodes.genesis_file import (
    build_electorate,
    build_genesis,
    build_identity_rules,
    build_registrar,
    make_uscc,
)
from nodes.keys import write_key
from tests.integration.test_cli_life import World, started
from tests.support.authority import CertificateAuthority, make_name, read_serial, to_pem

BANK, SUPPLIER, OTHER, LATE = (make_uscc(number) for number in (31, 32, 33, 34))
GENESIS_MS = 1_800_000_000_000
DAY_MS = 86_400_000
BEGINS_MS = GENESIS_MS - 10 * DAY_MS


class Town(World):
    """A world with the CA that the network trusts, one below it, and one that nobody trusts."""

    def __init__(self, folder: Path, node: str, root: CertificateAuthority) -> None:
        super().__init__(folder, node)
        self.root = root
        self.issuer = CertificateAuthority("Issuer", BEGINS_MS, kind="rsa", parent=root)
        self.foreign = CertificateAuthority("Root", BEGINS_MS)
        self.write("ca.pem", to_pem(root.certificate))
        self.write("foreign.pem", to_pem(self.foreign.certificate))
        self.serials: dict[str, int] = {}

    @property
    def registrar(self) -> list[str]:
        return self.keys("data/keys/registrar-maker", "data/keys/registrar-checker")

    def write(self, name: str, text: str | bytes) -> str:
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.file(name)

    def make_key(self, organisation: str, name: str, role: str, *more: str, person: str = "") -> str:
        """A key file and its registration; the registration's name."""
        registration = self.file(f"{name}.reg")
        self.run("keys", "new", self.file(f"{name}.json"), "--org", organisation, "--person", person or name,
                 "--role", role, "--registration", registration, *more)  # fmt: skip
        return registration

    def chain(self, organisation: str, name: str, days: int = 365, issuer: CertificateAuthority | None = None) -> str:
        """A file with the certificates of a key."""
        found = json.loads((self.folder / f"{name}.reg").read_text())
        issuer = issuer or self.issuer
        subject = make_name(organization_name="某机构", organization_identifier=f"NTRCN-{organisation}")
        leaf = issuer.certify(organisation, bytes.fromhex(found["public_key"]), BEGINS_MS, days, subject=subject)
        self.serials[name] = read_serial(leaf)
        return self.write(f"{name}.pem", to_pem(leaf, *issuer.chain))

    def certified(self, organisation: str, name: str, role: str, *more: str, person: str = "") -> str:
        """A certified registration; its name."""
        registration = self.make_key(organisation, name, role, *more, person=person)
        self.run("keys", "certify", registration, "--chain", self.chain(organisation, name),
                 "--authority", self.file("ca.pem"))  # fmt: skip
        return registration

    def admit_certified(self, organisation: str, name: str, *roles: str) -> None:
        registrations = [self.certified(organisation, f"{name}-{who}", who) for who in ("maker", "checker")]
        arguments = [part for one in registrations for part in ("--registration", one)]
        arguments += [part for role in roles for part in ("--role", role)]
        self.run("org", "admit", organisation, "--name", name, *arguments, *self.registrar)

    def public_key(self, name: str) -> str:
        return str(json.loads((self.folder / f"{name}.reg").read_text())["public_key"])

    def key_of(self, organisation: str, name: str):
        wanted = self.public_key(name)
        return next(k["key"] for k in self.ask("org", "show", organisation)["keys"] if k["public_key"] == wanted)

    def pass_days(self, days: int) -> None:
        """The second step makes a block at the new time, as of which lists are read."""
        self.run("node", "advance-clock", f"{days * 24}h", *self.registrar)
        self.run("node", "advance-clock", "1s", *self.registrar)

    def now_ms(self) -> int:
        return int(self.ask("node", "status")["now_ms"])

    def list_of(self, name: str, *serials: int, issuer: CertificateAuthority | None = None) -> str:
        """A fresh revocation list with these serial numbers, in a file."""
        encoded = (issuer or self.issuer).revoke(serials, self.now_ms() // 1000 * 1000)
        return self.write(name, x509.load_der_x509_crl(encoded).public_bytes(Encoding.PEM))


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("enrolment")
    root = CertificateAuthority("示例根证书", BEGINS_MS)
    registrar = build_registrar()
    genesis = build_genesis(
        "dev.hefu", GENESIS_MS, [registrar], simulated_clock=True,
        identity_rules=build_identity_rules(certificate_roles=[pb.BANK]),
        electorate=build_electorate([registrar.organisation]),
        authorities=[pb.AuthorityChange(certificate=root.certificate, name="示例 CA")],
    )  # fmt: skip
    (folder / "genesis.bin").write_bytes(genesis)
    init = ["node", "init", str(folder / "data"), "--genesis", str(folder / "genesis.bin"), "--listen", "127.0.0.1:0"]
    (folder / "data").mkdir()
    made = CliRunner().invoke(app, init)
    assert made.exit_code == 0, made.output
    for key, name in zip(registrar.keys, ("maker", "checker"), strict=True):
        write_key(folder / "data" / "keys" / f"registrar-{name}.json", key)
    with started(folder / "data") as node:
        world = Town(folder, node, root)
        world.admit_certified(BANK, "bank", "bank")
        world.admit(SUPPLIER, "sup", "supplier")
        yield world


def issuers(town: Town) -> tuple[str, ...]:
    """The options that name the authority and the issuer of a list."""
    chain = town.write("issuer.pem", to_pem(town.issuer.certificate, town.root.certificate))
    return "--authority", town.file("ca.pem"), "--issuer-chain", chain


# ---------------------------------------------------------------- certificates


def test_a_registration_is_certified_and_a_key_admitted_for_no_longer_than_its_certificates(town):
    key = town.key_of(BANK, "bank-maker")
    assert key["certificate"]["authority"] == town.root.fingerprint.hex()
    ends_ms = BEGINS_MS + 365 * DAY_MS + 1000
    assert (key["valid_until_ms"], key["certificate"]["not_after_ms"]) == (str(ends_ms), str(ends_ms))
    town.make_key(BANK, "shown", "owner")
    arguments = ("--chain", town.chain(BANK, "shown"), "--authority", town.file("ca.pem"), "--out", town.file("x.reg"))
    shown = town.run("keys", "certify", town.file("shown.reg"), *arguments).stdout
    assert f"NTRCN-{BANK}" in shown
    assert town.root.fingerprint.hex() in shown
    assert "certificate" not in json.loads((town.folder / "shown.reg").read_text())
    assert len(json.loads((town.folder / "x.reg").read_text())["certificate"]["chain"]) == 2


def test_what_does_not_verify_is_told_before_anything_is_signed(town):
    registration = town.make_key(BANK, "careless", "owner")
    good, ca = town.chain(BANK, "careless"), town.file("ca.pem")
    foreign = town.file("foreign.pem")
    theirs = town.write("theirs.pem", (town.folder / "bank-maker.pem").read_bytes())
    leaf, above = re.split(r"(?<=-----END CERTIFICATE-----\n)", (town.folder / "careless.pem").read_text())[:2]
    for chain, authority, why in (
        (good, foreign, "not signed by the one above"),
        (theirs, ca, "another key"),
        (town.write("alone.pem", leaf), ca, "not signed by the one above"),
        (town.write("turned.pem", above + leaf), ca, "not signed by the one above"),
        (town.write("many.pem", leaf + above * 3), ca, "1 to 3 certificates"),
        (ca, ca, "1 to 3 certificates"),
        (registration, ca, "cannot be read"),
        (good, town.write("two.pem", leaf + above), "one certificate"),
        (town.file("nothing.pem"), ca, "No such file"),
    ):
        wrong = town.run("keys", "certify", registration, "--chain", chain, "--authority", authority, code=2)
        assert why in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1
    town.write("older.reg", json.dumps({"format": "hefu-registration-1", "roles": ["maker"], "public_key": "00"}))
    town.run("keys", "certify", town.file("older.reg"), "--chain", good, "--authority", ca, code=2)


def test_a_bank_takes_no_key_without_a_certificate_but_a_machine_does(town):
    bare = town.make_key(BANK, "bare", "owner")
    both = [*town.registrar, *town.both("bank")]
    refused = town.run("org", "admit-key", BANK, "--registration", bare, *both, code=1).stderr
    assert "167 CERTIFICATE_NEEDED (command 0, field key)" in refused
    town.run("org", "admit-key", BANK, "--registration", town.make_key(BANK, "machine", "service"), *both)
    assert "certificate" not in town.key_of(BANK, "machine")


def test_a_key_is_admitted_by_the_registrar_and_its_organisation_together(town):
    registration = town.certified(BANK, "third", "owner")
    alone = town.run("org", "admit-key", BANK, "--registration", registration, *town.registrar, code=1).stderr
    assert "107 ORGANISATION_NOT_SIGNED" in alone
    town.run("org", "admit-key", BANK, "--registration", registration, *town.registrar, *town.both("bank"))
    assert town.key_of(BANK, "third")["roles"] == ["OWNER"]


def test_a_key_is_replaced_by_a_certified_one(town):
    town.admit_certified(OTHER, "other", "bank")
    old = town.public_key("other-maker")
    same = ("--same-person-as", town.file("other-maker.json"))
    bare = town.make_key(OTHER, "other-bare", "maker", *same, person="other-maker")
    refused = town.run("org", "rotate-key", old, "--registration", bare, *town.both("other"), code=1).stderr
    assert "CERTIFICATE_NEEDED" in refused
    new = town.certified(OTHER, "other-new", "maker", *same, person="other-maker")
    town.run("org", "rotate-key", old, "--registration", new, *town.both("other"))
    assert town.key_of(OTHER, "other-new")["replaces"] == old


def test_what_is_said_of_certificates_and_is_not_so_is_refused_at_the_door(town):
    """The dates are moved, the chain is another CA's, the authority is one that nobody trusts: no leaf is left."""
    registration = town.certified(BANK, "forged", "owner")
    fields = json.loads((town.folder / "forged.reg").read_text())
    both = [*town.registrar, *town.both("bank")]
    before = town.ask("node", "status")["size"]
    longer = {**fields["certificate"], "not_after_ms": str(BEGINS_MS + 3650 * DAY_MS)}
    unknown = {**fields["certificate"], "authority": "ab" * 32}
    unknown["links"] = [unknown["links"][0], {**unknown["links"][1], "issuer": "ab" * 32}]
    for certificate, why in (
        (longer, "190 CERTIFICATE_NOT_VERIFIED (command 0, field key)"),
        (unknown, "169 AUTHORITY_NOT_TRUSTED (command 0, field key)"),
    ):
        town.write("forged.reg", json.dumps({**fields, "certificate": certificate}))
        refused = town.run("org", "admit-key", BANK, "--registration", registration, *both, code=1).stderr
        assert why in refused
    for broken in ({}, {**fields["certificate"], "chain": ["xy"]}, {**longer, "not_before_ms": "soon"}, "text"):
        town.write("forged.reg", json.dumps({**fields, "certificate": broken}))
        town.run("org", "admit-key", BANK, "--registration", registration, *both, code=2)
    over = {**fields["certificate"], "not_after_ms": "1"}
    town.write("forged.reg", json.dumps({**fields, "certificate": over}))
    assert (
        "before the key begins"
        in town.run("org", "admit-key", BANK, "--registration", registration, *both, code=2).stderr
    )
    assert town.ask("node", "status")["size"] == before


def test_anybody_looks_into_the_certificates_again(town):
    """By the id of what was decided, by a proof, by a file that is still to be signed; with a newer list too."""
    ca = ("--authority", town.file("ca.pem"))
    registration = town.certified(BANK, "seen", "owner")
    town.run("org", "admit-key", BANK, "--registration", registration, *town.registrar, *town.both("bank"),
             "--sign-only", town.file("seen.tx"))  # fmt: skip
    (one,) = town.ask("keys", "evidence", town.file("seen.tx"), *ca)
    assert one["fault"] == ""
    assert town.public_key("seen") in one["what"]
    assert f"NTRCN-{BANK}" in one["says"]
    receipt = town.ask("tx", "submit", town.file("seen.tx"))
    assert "verified" in town.run("keys", "evidence", receipt["id"], *ca).stdout
    proof = town.file("seen.proof")
    town.run("proof", "tx", receipt["id"], "--out", proof)
    assert "verified" in town.run("keys", "evidence", proof, *ca).stdout

    fresh, revoked = town.list_of("fresh.crl"), town.list_of("revoked.crl", town.serials["seen"])
    town.run("keys", "evidence", proof, *ca, "--list", fresh)
    on_it = town.run("keys", "evidence", proof, *ca, "--list", fresh, "--list", revoked, code=1).stdout
    assert "NOT VERIFIED" in on_it
    assert f"{revoked}: it is on this list" in on_it
    theirs = town.list_of("theirs.crl", issuer=town.foreign)
    assert "none of its issuers" in town.run("keys", "evidence", proof, *ca, "--list", theirs, code=1).stdout
    foreign = ("--authority", town.file("foreign.pem"))
    assert "none of those" in town.run("keys", "evidence", proof, *foreign, code=1).stdout
    town.run("keys", "evidence", proof, *foreign, *ca)


def test_a_file_that_brings_no_certificates_or_is_none_is_told(town):
    ca = ("--authority", town.file("ca.pem"))
    nothing = town.file("nothing.tx")
    town.run("org", "revoke-key", "00" * 32, *town.registrar, "--sign-only", nothing)
    assert "no certificates" in town.run("keys", "evidence", nothing, *ca).stdout
    signed = bytearray((town.folder / "nothing.tx").read_bytes())
    signed[-1] ^= 1
    for source, why in (
        (town.write("changed.tx", bytes(signed)), "does not verify"),
        (town.file("ca.pem"), "neither"),
        (town.file("missing.tx"), "No such file"),
    ):
        assert why in town.run("keys", "evidence", source, *ca, code=2).stderr
    town.run("keys", "evidence", "ab" * 32, *ca, code=1)


# ---------------------------------------------------------------- revocation lists


def test_a_list_ends_the_keys_that_it_revokes_and_is_not_entered_twice(town):
    registration = town.certified(BANK, "leaked", "owner")
    town.run("org", "admit-key", BANK, "--registration", registration, *town.registrar, *town.both("bank"))
    crl = town.list_of("first.crl", town.serials["leaked"], 77)
    entered = ("keys", "revocations", crl, *issuers(town))
    assert "172" not in town.run(*entered, *town.registrar).stdout
    assert town.key_of(BANK, "leaked")["revoked_at_ms"] != "0"
    assert town.key_of(BANK, "bank-maker")["revoked_at_ms"] == "0"
    again = town.run(*entered, *town.registrar, code=1).stderr
    assert "175 REVOCATIONS_NOT_NEWER (command 0, field this_update_ms)" in again

    # The next list still has them; nothing is named that the ledger knows, but what is asked for.
    town.pass_days(1)
    crl = town.list_of("second.crl", town.serials["leaked"], 77)
    signed = town.file("second.tx")
    arguments = ("keys", "revocations", crl, *issuers(town), *town.registrar, "--sign-only")
    town.run(*arguments, signed)
    assert list(named_in(signed)) == []
    town.run(*arguments, town.file("third.tx"), "--serial", "4d", "--serial", "00:4D")
    assert [(entry.serial, entry.public_key) for entry in named_in(town.file("third.tx"))] == [(b"\x4d", b"")]
    (finding,) = town.ask("keys", "evidence", town.file("third.tx"), "--authority", town.file("ca.pem"))
    assert finding["fault"] == ""
    town.run("tx", "submit", town.file("third.tx"))
    for serial, why in (("0e", "not on the list"), ("4", "no serial number"), ("zz", "no serial number")):
        assert why in town.run(*arguments, town.file("x.tx"), "--serial", serial, code=2).stderr


def named_in(path: str):
    command = decode(Path(path).read_bytes()).body.commands[0]
    return pb.EnterRevocations.FromString(command.payload).revoked


def test_a_list_that_is_not_its_issuers_is_told_before_anything_is_signed(town):
    theirs = town.list_of("foreign.crl", issuer=town.foreign)
    ca = ("--authority", town.file("ca.pem"))
    for crl, options, why in (
        (theirs, ca, "not signed by its issuer"),
        (town.list_of("mine.crl"), ca, "not signed by its issuer"),
        (town.file("ca.pem"), ca, "cannot be read"),
    ):
        wrong = town.run("keys", "revocations", crl, *options, *town.registrar, code=2)
        assert why in wrong.stderr
        assert len(wrong.stderr.splitlines()) == 1


def test_a_list_is_entered_by_the_registrar_or_the_operator_alone(town):
    crl = town.list_of("root.crl", issuer=town.root)
    entered = ("keys", "revocations", crl, "--authority", town.file("ca.pem"))
    assert "173 NOT_THE_OPERATOR" in town.run(*entered, *town.both("bank"), code=1).stderr
    operator = ("--name", "示例 CA", "--operator", BANK)
    town.run("gov", "propose", "trust", "OP-1", town.file("ca.pem"), *operator, *town.registrar)
    town.run(*entered, *town.both("bank"))


def test_a_revoked_issuer_ends_each_key_below_it(town):
    """Keys of one organisation whose issuer is told to be no longer one; those of another issuer stay."""
    issuer = CertificateAuthority("Short-lived", BEGINS_MS, parent=town.root)
    kept, town.issuer = town.issuer, issuer
    town.admit_certified(LATE, "late", "bank")
    town.issuer = kept
    town.pass_days(1)
    crl = town.list_of("issuers.crl", read_serial(issuer.certificate), issuer=town.root)
    town.run("keys", "revocations", crl, "--authority", town.file("ca.pem"), *town.registrar)
    assert all(key["key"]["revoked_at_ms"] != "0" for key in town.ask("org", "show", LATE)["keys"])
    assert town.key_of(BANK, "bank-maker")["revoked_at_ms"] == "0"


# ---------------------------------------------------------------- lost keys


def lose(town: Town, organisation: str, name: str) -> list[str]:
    """New certified keys, with the options that name them."""
    return [
        part
        for who in ("maker", "checker")
        for part in ("--registration", town.certified(organisation, name + who, who))
    ]


def test_an_organisation_that_lost_its_keys_gets_new_ones_after_the_waiting_period(town):
    new = lose(town, OTHER, "again-")
    declaration = town.write("declaration.txt", "we have lost both tokens")
    arguments = ("keys", "reenrol", OTHER, *new, "--reason", declaration)
    assert "121 NOT_REGISTRAR" in town.run(*arguments, *town.both("bank"), code=1).stderr
    town.run(*arguments, *town.registrar)
    assert "178 REENROLMENT_OPEN" in town.run(*arguments, *town.registrar, code=1).stderr
    (noticed,) = town.ask("keys", "reenrolments", "--status", "noticed")
    assert (noticed["organisation"], noticed["reenrolment"]["status"]) == (OTHER, "REENROLMENT_NOTICED")
    policy = ("org", "set-policy", "--persons", "2", *town.keys("again-maker", "again-checker"))
    assert "104 KEY_NOT_YET_VALID" in town.run(*policy, code=1).stderr
    town.pass_days(4)
    town.run(*policy)
    town.run("org", "revoke-key", town.public_key("other-checker"), *town.keys("again-maker", "again-checker"))
    table = town.run("keys", "reenrolments").stdout
    assert re.search(rf"{OTHER}.*REENROLMENT_DONE", table)
    assert town.ask("keys", "reenrolments", "--status", "noticed") == []


def test_a_reenrolment_to_which_somebody_objects_never_comes_true(town):
    arguments = ("keys", "reenrol", BANK, *lose(town, BANK, "rogue-"), "--reason", "ab" * 32, "--valid-from", "96h")
    town.run(*arguments, *town.registrar)
    rogue = town.keys("rogue-maker", "rogue-checker")
    assert "180 MAY_NOT_OBJECT" in town.run("keys", "object", BANK, *town.both("sup"), code=1).stderr
    town.run("keys", "object", BANK, *town.both("bank"))
    town.pass_days(5)
    refused = town.run("org", "set-policy", "--persons", "2", *rogue, code=1).stderr
    assert "103 KEY_REVOKED" in refused
    assert "179 NO_REENROLMENT" in town.run("keys", "object", BANK, *town.both("bank"), code=1).stderr
    (found,) = town.ask("keys", "reenrolments", "--status", "objected")
    assert found["reenrolment"]["objected_by"] == BANK


def test_a_notice_for_too_soon_or_without_certificates_is_refused(town):
    bare = town.make_key(SUPPLIER, "sup-new", "owner")
    notice = ("keys", "reenrol", SUPPLIER, "--registration", bare, "--reason", "ab" * 32)
    assert "167 CERTIFICATE_NEEDED" in town.run(*notice, *town.registrar, code=1).stderr
    assert "133 VALIDITY_INVALID" in town.run(*notice, "--valid-from", "71h", *town.registrar, code=1).stderr
    town.run(*notice, "--valid-from", "soon", *town.registrar, code=2)


# ---------------------------------------------------------------- credentials


def test_a_credential_is_issued_suspended_reinstated_revoked_and_proved(town):
    report = town.write("report.pdf", "what the bank has found")
    of = (SUPPLIER, "--kind", "kyb")
    issue = ("credential", "issue", *of, "--document", report, "--expires", "365d")
    assert "185 MAY_NOT_ATTEST" in town.run(*issue, *town.both("sup"), code=1).stderr
    town.run(*issue, *town.both("bank"))
    assert "187 CREDENTIAL_EXISTS" in town.run(*issue, *town.both("bank"), code=1).stderr
    asked = ("--asset", f"credential:{SUPPLIER}/kyb/{BANK}", "--is", "valid")
    proof, trust = town.file("valid.json"), town.file("data/trust.json")
    town.run("proof", "state", *asked, "--out", proof, "--trust", trust)
    assert "HOLDS" in town.run("verify", proof, "--trust", trust, *asked).stdout

    for command, status in (("suspend", "SUSPENDED"), ("reinstate", "VALID"), ("revoke", "REVOKED")):
        town.run("credential", command, *of, *town.both("bank"))
        (found,) = town.ask("credential", "list", "--subject", SUPPLIER)
        assert found["state"]["status"] == f"CREDENTIAL_{status}"
    assert "188 NO_SUCH_CREDENTIAL" in town.run("credential", "revoke", *of, *town.both("bank"), code=1).stderr
    town.run("proof", "state", *asked, "--out", town.file("revoked.json"), "--trust", trust)
    no = town.run("verify", town.file("revoked.json"), "--trust", trust, *asked, code=1).stdout
    assert "CREDENTIAL_REVOKED" in no


def test_a_credential_of_a_person_expires_by_itself(town):
    person = json.loads((town.folder / "sup-maker.reg").read_text())["person"]
    of = (SUPPLIER, "--kind", "kyc", "--person", person)
    town.run("credential", "issue", *of, "--document", "cd" * 32, "--expires", "48h", *town.both("bank"))
    assert "186 CREDENTIAL_INVALID" in town.run(
        "credential", "issue", SUPPLIER, "--kind", "kyc", "--document", "cd" * 32, "--expires", "48h",
        *town.both("bank"), code=1,
    ).stderr  # fmt: skip
    town.pass_days(3)
    table = town.run("credential", "list", "--issuer", BANK).stdout
    assert re.search(rf"KYC.*{person}.*CREDENTIAL_EXPIRED", table)
    town.run("credential", "suspend", SUPPLIER, "--kind", "kyc", "--person", "ab", *town.both("bank"), code=2)
