"""Questions as they are typed: each reaches its domain, and anything else is malformed at the option at fault."""

import re
from pathlib import Path

import pytest

import nodes.questions
from hefu.v1 import identity_pb2, receivables_pb2
from ledger.errors import MalformedInput
from nodes.cli.verify import EPILOG
from nodes.questions import STATEMENTS, parse_question
from pledges import questions as invoice_questions
from receivables import questions as voucher_questions
from receivables import receivable_questions

ORGANISATION = "91350100M000100Y43"
VOUCHER = f"voucher:{ORGANISATION}.A-1/1-100"
ASSETS = {
    "voucher": VOUCHER,
    "invoice": "invoice:" + "0" * 64,
    "receivable": f"receivable:{ORGANISATION}.R-1",
    "organisation": f"organisation:{ORGANISATION}",
    "proposal": f"proposal:{ORGANISATION}.2026-1",
    "authority": "authority:" + "0" * 64,
    "credential": f"credential:{ORGANISATION}/kyb/{ORGANISATION}",
}
WORDS = {"ORG": ORGANISATION, "ROLE": "BANK", "DIGEST": "0" * 64}
PAGE = (Path(__file__).parents[3] / "docs" / "proofs.md").read_text(encoding="utf-8")


def test_a_voucher_is_asked_of_receivables():
    question = parse_question(VOUCHER, f"held-by {ORGANISATION}")
    assert len(question.keys) == 2
    package = receivables_pb2.Package(stage=receivables_pb2.PACKAGE_LIVE, face_fen=100)
    voucher = receivables_pb2.Voucher(holder=ORGANISATION, stage=receivables_pb2.LIVE)
    bodies: dict[str, bytes | None] = {}
    bodies |= zip(question.keys, (package.SerializeToString(), voucher.SerializeToString()), strict=True)
    assert question.check(bodies) is None
    assert question.check(dict.fromkeys(question.keys)) is not None


def test_an_invoice_is_asked_of_pledges():
    question = parse_question("invoice:" + "0" * 64, "absent")
    assert question.check(dict.fromkeys(question.keys)) is None


@pytest.mark.parametrize(
    ("statement", "body", "holds"),
    [
        ("active", identity_pb2.Organisation(status=identity_pb2.ACTIVE), True),
        ("active", identity_pb2.Organisation(status=identity_pb2.SUSPENDED), False),
        ("absent", None, True),
        ("has-role BANK", identity_pb2.Organisation(roles=[identity_pb2.BANK]), True),
        ("has-role BANK", identity_pb2.Organisation(), False),
        ("voter", identity_pb2.Electorate(voters=[ORGANISATION]), True),
        ("voter", None, False),
    ],
)
def test_an_organisation_is_asked_of_identity(statement, body, holds):
    question = parse_question(f"organisation:{ORGANISATION}", statement)
    bodies = dict.fromkeys(question.keys, None if body is None else body.SerializeToString())
    assert (question.check(bodies) is None) is holds


def test_a_vote_and_an_authority_are_asked_of_identity():
    digest = bytes(range(32))
    question = parse_question(f"proposal:{ORGANISATION}.2026-1", f"passed {digest.hex()}")
    passed = identity_pb2.Proposal(status=identity_pb2.PROPOSAL_PASSED, change_digest=digest)
    assert question.check({f"proposal/{ORGANISATION}.2026-1": passed.SerializeToString()}) is None
    question = parse_question(f"authority:{digest.hex()}", "trusted")
    assert question.check({f"authority/{digest.hex()}": identity_pb2.Authority(name="CA").SerializeToString()}) is None


def test_a_credential_is_asked_of_identity():
    kyb, kyc = f"{ORGANISATION}/kyb/{ORGANISATION}", f"{ORGANISATION}/kyc/{ORGANISATION}/{'ab' * 32}"
    for asset, key in (
        (kyb, f"credential/{ORGANISATION}/1/{ORGANISATION}"),
        (kyc, f"credential/{ORGANISATION}/2/{ORGANISATION}/{'ab' * 32}"),
    ):
        question = parse_question(f"credential:{asset}", "valid")
        valid = identity_pb2.Credential(status=identity_pb2.CREDENTIAL_VALID)
        assert question.check({key: valid.SerializeToString()}) is None


@pytest.mark.parametrize(
    ("asset", "statement", "field"),
    [
        ("", "absent", "asset"),
        (f"credential:{ORGANISATION}/kyb", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyb/x", "valid", "asset"),
        (f"credential:x/kyb/{ORGANISATION}", "valid", "asset"),
        (f"credential:{ORGANISATION}/kym/{ORGANISATION}", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyb/{ORGANISATION}/", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyb/{ORGANISATION}/{'0' * 64}", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyc/{ORGANISATION}", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyc/{ORGANISATION}/{'0' * 63}", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyc/{ORGANISATION}/{'0' * 64}/", "valid", "asset"),
        (f"credential:{ORGANISATION}/kyb/{ORGANISATION}", "revoked", "is"),
        ("proposal:1", "passed " + "0" * 64, "asset"),
        (f"proposal:{ORGANISATION}.1", "passed", "is"),
        (f"proposal:{ORGANISATION}.1", "passed " + "0" * 63, "is"),
        (f"proposal:{ORGANISATION}.1", "open " + "0" * 64, "is"),
        ("authority:1", "trusted", "asset"),
        ("authority:" + "0" * 64, "distrusted", "is"),
        ("receipt:1", "absent", "asset"),
        ("voucher", "absent", "asset"),
        ("voucher:1", "absent", "asset"),
        ("organisation:1", "absent", "asset"),
        ("invoice:1", "absent", "asset"),
        (VOUCHER, "", "is"),
        (VOUCHER, "held-by", "is"),
        (f"organisation:{ORGANISATION}", "free", "is"),
        (f"organisation:{ORGANISATION}", "has-role", "is"),
        (f"organisation:{ORGANISATION}", "has-role KING", "is"),
        (f"organisation:{ORGANISATION}", "has-role ROLE_UNSPECIFIED", "is"),
    ],
)
def test_anything_else_is_malformed(asset, statement, field):
    with pytest.raises(MalformedInput) as caught:
        parse_question(asset, statement)
    assert caught.value.field == field


@pytest.mark.parametrize("asset", STATEMENTS)
def test_each_statement_can_be_asked(asset):
    typed = [" ".join(WORDS.get(word, word) for word in statement.split()) for statement in STATEMENTS[asset]]
    assert all(parse_question(ASSETS[asset], statement).keys for statement in typed)


def list_rows(text: str) -> dict[str, list[str]]:
    """The statements of each asset in a table of this text; a row without an asset goes on with the one before."""
    told: dict[str, list[str]] = {}
    for assets, statements in re.findall(r"^\| (`\w+:.*?|) ?\| (.*?) \|", text, re.MULTILINE):
        word = assets[1:].partition(":")[0] if assets else list(told)[-1]
        told.setdefault(word, []).extend(re.findall(r"`(.+?)`", statements))
    return told


def test_each_statement_is_documented_and_no_other():
    known = {asset: list(statements) for asset, statements in STATEMENTS.items()}
    assert list_rows(nodes.questions.__doc__ or "") == known
    assert list_rows(PAGE) == known
    helped = re.findall(r"(\w+):\S+ (?:or \S+ )?\((.*?)\)", EPILOG.partition("Assets: ")[2])
    assert {asset: statements.split(", ") for asset, statements in helped} == known


@pytest.mark.parametrize("domain", [voucher_questions, invoice_questions, receivable_questions])
def test_each_domain_explains_its_statements(domain):
    assert re.findall(r"^\| `(.+?)` \|", domain.__doc__, re.MULTILINE) == list(domain.STATEMENTS)
