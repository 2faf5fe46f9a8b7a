"""Payments, clearing and accounts as they are typed: payees and accounts are the node's, bad values are one line."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import pytest
import typer
from typer.testing import CliRunner

from hefu.v1 import identity_pb2, ledger_pb2, pledges_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.transaction import decode
from nodes.cli import account, clearing, payment
from nodes.genesis_file import make_uscc
from nodes.keys import make_key, write_key
from tests.support.fake_node import NETWORK, NOW_MS, FakeLedger, handler

ORG, BANK, HOLDER, PAYING = (make_uscc(number) for number in (7, 8, 9, 10))
RANGE, REF = f"{ORG}.A-1/1-1000", pb.VoucherRef(package=f"{ORG}.A-1", start=1, end=1000)
HEX = "5a" * 32
SECRET = bytes.fromhex(HEX)
GOOD, LATER = b"g" * 32, b"l" * 32
app = typer.Typer()
app.add_typer(account.app, name="account")
payment.add_to(app)
clearing.add_to(app)


class FakeNode(FakeLedger):
    """A range of 1000 that HOLDER holds and BANK claims to 400; HOLDER's account is about to change."""

    def __init__(self):
        super().__init__()
        self.package = pb.Package(issuer=ORG, face_fen=1000, paying_bank=PAYING)
        self.state = pb.Voucher(holder=HOLDER, kept_fen=500)
        self.from_ms = NOW_MS + 1

    def get_status(self, request, context):
        return node.NodeStatus(simulated_clock=True, network=NETWORK, now_ms=NOW_MS, block_time_ms=NOW_MS)

    def get_record(self, request, context):
        if request.key != f"account/{HOLDER}":
            return node.RecordView(height=3)
        now, later = (pb.PayeeAccount(account_commitment=one).SerializeToString() for one in (GOOD, LATER))
        lapse = ledger_pb2.Lapse(at_ms=self.from_ms, body=later)
        return node.RecordView(exists=True, record=ledger_pb2.StateRecord(body=now, lapse=lapse), height=3)

    def get_voucher(self, request, context):
        claim = pledges_pb2.Claim(pledgee=BANK, secured_fen=400)
        return node.VoucherView(voucher=request.voucher, state=self.state, claim=claim, owed_fen=1000)

    def get_package(self, request, context):
        return node.PackageView(package=self.package, owed_fen=1000)


@contextmanager
def serving(fake):
    """The address of a node that also tells of ranges, packages and records."""

    def answer(method, request):
        return grpc.unary_unary_rpc_method_handler(method, request.FromString, lambda told: told.SerializeToString())

    calls = {"GetVoucher": answer(fake.get_voucher, node.GetVoucherRequest)}
    calls["GetPackage"] = answer(fake.get_package, node.GetPackageRequest)
    records = {"GetRecord": answer(fake.get_record, node.GetRecordRequest)}
    handlers = [
        grpc.method_handlers_generic_handler("hefu.v1.VoucherService", calls),
        grpc.method_handlers_generic_handler("hefu.v1.LedgerService", records),
        handler(fake),
    ]
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(tuple(handlers))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(0).wait()


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def sign(tmp_path, fake, who, *arguments):
    """Whom the one command names, and its payload."""
    path = tmp_path / f"{who}.json"
    if not path.exists():
        write_key(path, make_key(who, "person", [identity_pb2.MAKER]))
    with serving(fake) as address:
        result = run(*arguments, "--key", path, "--node", address)
    assert result.exit_code == 0, result.output
    (command,) = decode(fake.arrived[-1]).body.commands
    return list(command.organisations), command.payload


def named(bank_fen, holder_fen, commitment=GOOD):
    bank = pb.Payee(organisation=BANK, amount_fen=bank_fen)
    return [bank, pb.Payee(organisation=HOLDER, amount_fen=holder_fen, account_commitment=commitment)]


def test_payments_name_payees_and_accounts_of_record(tmp_path):
    fake = FakeNode()
    who, payload = sign(tmp_path, fake, PAYING, "pay", RANGE, "--payment", HEX)
    expected = pb.PayVoucher(voucher=REF, amount_fen=1000, payees=named(400, 600), payment_commitment=SECRET)
    assert (who, pb.PayVoucher.FromString(payload)) == ([PAYING], expected)
    fake.from_ms = NOW_MS
    who, payload = sign(tmp_path, fake, PAYING, "hand-over", RANGE, "--payment", HEX)
    handed = pb.HandOver(voucher=REF, payees=named(400, 100, LATER), payment_commitment=SECRET)
    assert (who, pb.HandOver.FromString(payload)) == ([PAYING], handed)


def test_while_frozen_a_payment_names_nobody(tmp_path):
    fake = FakeNode()
    fake.package.freezes.add(order=SECRET)
    _, payload = sign(tmp_path, fake, PAYING, "pay", RANGE, "--payment", HEX, "--amount", "0.10")
    assert pb.PayVoucher.FromString(payload) == pb.PayVoucher(voucher=REF, amount_fen=10, payment_commitment=SECRET)


def test_a_prepayment_below_face_is_signed_by_the_holder_too(tmp_path):
    fake = FakeNode()
    who, payload = sign(tmp_path, fake, ORG, "prepay", RANGE, "--payment", HEX, "--forgiven", "1.00")
    expected = pb.Prepay(voucher=REF, payees=named(400, 500), payment_commitment=SECRET, forgiven_fen=100)
    assert (who, pb.Prepay.FromString(payload)) == ([ORG, PAYING, HOLDER], expected)
    fake.package.debtor = BANK
    who, _ = sign(tmp_path, fake, BANK, "prepay", RANGE, "--payment", HEX, "--payee", f"{HOLDER}:10.00")
    assert who == [BANK, PAYING]
    with serving(fake) as address:
        refused = run("prepay", RANGE, "--payment", HEX, "--key", tmp_path / f"{ORG}.json", "--node", address)
    assert refused.exit_code != 0
    assert len(fake.arrived) == 2


def test_a_confirmation_is_signed_by_the_pledgee_too(tmp_path):
    fake = FakeNode()
    who, payload = sign(tmp_path, fake, HOLDER, "confirm-paid", RANGE, "--payment", HEX)
    assert who == [HOLDER, BANK]
    assert pb.ConfirmPaid.FromString(payload).amount_fen == 1000
    who, payload = sign(tmp_path, fake, BANK, "confirm-paid", RANGE, "--payment", HEX, "--amount", "0.01")
    assert (who, pb.ConfirmPaid.FromString(payload).amount_fen) == ([BANK], 1)


@pytest.mark.parametrize(
    ("arguments", "payload"),
    [
        (["fail", RANGE, "--reason", "funds-lacking"], pb.FailLine(voucher=REF, reason=pb.FUNDS_LACKING)),
        (["fail", RANGE, "--reason", "other"], pb.FailLine(voucher=REF, reason=pb.OTHER_FAILURE)),
        (
            ["object", RANGE, "--amount", "2.00", "--evidence", HEX],
            pb.ObjectPayment(voucher=REF, amount_fen=200, evidence=SECRET),
        ),
        (["answer", RANGE, "--evidence", HEX], pb.AnswerObjection(voucher=REF, answer=SECRET)),
        (["answer", RANGE], pb.AnswerObjection(voucher=REF)),
        (["withdraw-objection", RANGE], pb.WithdrawObjection(voucher=REF)),
        (["restore-line", RANGE], pb.RestoreLine(voucher=REF)),
        (["account", "set", "--account", HEX], pb.SetAccount(account_commitment=SECRET)),
        (["account", "related", HOLDER, BANK, BANK], pb.DeclareRelated(organisations=sorted([BANK, HOLDER]))),
        (["account", "related"], pb.DeclareRelated()),
    ],
)
def test_what_is_signed_is_what_was_typed(tmp_path, arguments, payload):
    who, signed = sign(tmp_path, FakeNode(), ORG, *arguments)
    assert (who, type(payload).FromString(signed)) == ([ORG], payload)


def test_an_account_is_shown_with_the_one_that_waits():
    fake = FakeNode()
    with serving(fake) as address:
        shown = run("account", "show", HOLDER, "--node", address)
        told = json.loads(run("account", "show", HOLDER, "--node", address, "--json").output)
        nobody = run("account", "show", BANK, "--node", address)
    assert [GOOD.hex() in line or LATER.hex() in line for line in shown.output.splitlines()] == [True, True]
    assert told == {"account_commitment": GOOD.hex(), "from_ms": str(fake.from_ms), "later": LATER.hex(), "height": "3"}
    assert "none 未登记" in nobody.output
