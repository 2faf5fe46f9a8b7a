"""Orders, marks and endings as they are typed: bad values are one line, and what is signed is what was meant."""

import hashlib

import pytest
from typer.testing import CliRunner

from hefu.v1 import receivables_pb2 as pb
from ledger.transaction import decode
from nodes.cli.app import app
from nodes.cli.orders import compute_digest
from nodes.cli.values import BadValue
from nodes.genesis_file import make_uscc
from tests.support.fake_node import NOW_MS, FakeLedger, serving

ORG, OTHER, THIRD = make_uscc(7), make_uscc(8), make_uscc(9)
PACKAGE = f"{ORG}.A-1"
RANGE = f"{PACKAGE}/1-100"
REF = pb.VoucherRef(package=PACKAGE, start=1, end=100)
HEX = "ab" * 32
NOBODY = ["--node", "127.0.0.1:1"]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "maker.json"
    made = run("keys", "new", path, "--org", ORG, "--person", "p", "--role", "maker")
    assert made.exit_code == 0, made.output
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ["freeze", "nonsense", "--order", HEX],
        ["freeze", RANGE, "--order", "nothing-there"],
        ["freeze", RANGE, "--order", HEX, "--with", "nonsense"],
        ["freeze", RANGE, "--order", HEX, "--with", ORG],
        ["unfreeze", PACKAGE, "--order", HEX, "--ending-order", "nothing-there"],
        ["succeed", RANGE, "--to", OTHER, "--order", HEX],
        ["succeed", PACKAGE, "--to", OTHER, "--order", HEX, "--predecessor", ORG],
        ["succeed", RANGE, "--to", "nonsense", "--order", HEX, "--predecessor", ORG],
        ["succeed", RANGE, "--to", OTHER, "--order", HEX, "--predecessor", "nonsense"],
        ["accelerate", RANGE, "--order", HEX],
        ["dispute", PACKAGE, "--evidence", HEX],
        ["resolve", RANGE, "--evidence", "nothing-there"],
        ["red-letter", RANGE, "--amount", "1.00", "--evidence", HEX],
        ["red-letter", RANGE, "--amount", "1.00", "--evidence", HEX, "--fingerprint", HEX, "--invoices", "two.csv"],
        ["red-letter", RANGE, "--amount", "1.00", "--evidence", HEX, "--invoices", "two.csv"],
        ["red-letter", RANGE, "--amount", "1.00", "--evidence", HEX, "--invoices", "two.csv", "--members-key", "key"],
        ["red-letter", RANGE, "--amount", "-1", "--evidence", HEX, "--fingerprint", HEX],
        ["red-letter", RANGE, "--amount", "1.00", "--evidence", HEX, "--fingerprint", "ab"],
        ["substitute", PACKAGE, "--fingerprint", HEX, "--evidence", HEX],
        ["substitute", PACKAGE, "--fingerprint", HEX, "--evidence", HEX, "--replacement", "ab:1.00:1.00"],
        ["substitute", RANGE, "--fingerprint", HEX, "--evidence", HEX, "--replacement", f"{HEX}:1.00:1.00"],
        ["cancel", "offer", RANGE, "--agreement", HEX, "--cancel-by", "2030-01-01T00:00"],
        ["cancel", "withdraw", "nonsense"],
        ["cancel", "consent", PACKAGE],
        ["merge", PACKAGE],
    ],
)
def test_bad_values_of_what_would_be_signed_are_one_line(tmp_path, key, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"fully-digital,{ORG},,{number:020d}\n" for number in range(2))
    (tmp_path / "two.csv").write_text(f"kind,seller,code,number\n{rows}")
    (tmp_path / "key").write_text("00" * 32)
    result = run("voucher", *arguments, "--key", key, *NOBODY)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1), result.output
    assert "bad value" in result.stderr or "unreadable" in result.stderr


def expected_commands():
    """What is typed, and the payload that is signed for it."""
    digest = bytes.fromhex(HEX)
    return [
        (["freeze", RANGE, "--order", HEX], pb.FreezeVoucher(voucher=REF, order=digest)),
        (["freeze", PACKAGE, "--order", HEX], pb.FreezePackage(package=PACKAGE, order=digest)),
        (
            ["unfreeze", RANGE, "--order", HEX, "--ending-order", "00" * 32],
            pb.UnfreezeVoucher(voucher=REF, order=digest, ending_order=bytes(32)),
        ),
        (
            ["unfreeze", PACKAGE, "--order", HEX, "--ending-order", "00" * 32],
            pb.UnfreezePackage(package=PACKAGE, order=digest, ending_order=bytes(32)),
        ),
        (
            ["succeed", RANGE, "--predecessor", OTHER, "--to", THIRD, "--order", HEX],
            pb.Succeed(voucher=REF, predecessor=OTHER, successor=THIRD, order=digest),
        ),
        (
            ["succeed", PACKAGE, "--successor", THIRD, "--order", HEX],
            pb.SucceedDebtor(package=PACKAGE, successor=THIRD, order=digest),
        ),
        (["accelerate", PACKAGE, "--order", HEX], pb.Accelerate(package=PACKAGE, order=digest)),
        (["dispute", RANGE, "--evidence", HEX], pb.OpenDispute(voucher=REF, evidence=digest)),
        (["resolve", RANGE, "--evidence", HEX], pb.ResolveDispute(voucher=REF, evidence=digest)),
        (
            ["red-letter", RANGE, "--fingerprint", "00" * 32, "--amount", "1.00", "--evidence", HEX],
            pb.RedLetter(voucher=REF, fingerprint=bytes(32), red_lettered_fen=100, evidence=digest),
        ),
        (
            ["cancel", "offer", PACKAGE, "--agreement", HEX, "--cancel-by", "2h"],
            pb.OfferCancel(package=PACKAGE, cancel_by_ms=NOW_MS + 7_200_000, agreement_commitment=digest),
        ),
        (["cancel", "withdraw", PACKAGE], pb.WithdrawCancel(package=PACKAGE)),
        (["cancel", "consent", RANGE], pb.ConsentCancel(voucher=REF)),
        (["merge", RANGE], pb.Merge(voucher=REF)),
    ]


@pytest.mark.parametrize(("arguments", "payload"), expected_commands())
def test_what_is_signed_is_what_was_typed(key, arguments, payload):
    fake = FakeLedger()
    with serving(fake) as node:
        result = run("voucher", *arguments, "--key", key, "--node", node)
    assert result.exit_code == 0, result.output
    (command,) = decode(fake.arrived[0]).body.commands
    assert list(command.organisations) == [ORG]
    assert type(payload).FromString(command.payload) == payload


def test_two_operators_are_both_named(key):
    fake = FakeLedger()
    with serving(fake) as node:
        result = run("voucher", "freeze", RANGE, "--order", HEX, "--with", OTHER, "--key", key, "--node", node)
    assert result.exit_code == 0, result.output
    (command,) = decode(fake.arrived[0]).body.commands
    assert list(command.organisations) == [ORG, OTHER]


def test_an_order_is_cited_by_the_digest_of_its_document(tmp_path):
    (tmp_path / "order.pdf").write_bytes(b"order")
    assert compute_digest(str(tmp_path / "order.pdf")) == hashlib.sha256(b"order").digest()
    assert compute_digest(HEX) == bytes.fromhex(HEX)
    with pytest.raises((BadValue, OSError)):
        compute_digest(HEX.upper())
