"""An import under way, against a node that answers as it is told to: nothing is lost, and nothing happens twice."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from hefu.v1 import ledger_pb2, node_pb2, reports_pb2
from hefu.v1 import receivables_pb2 as pb
from identity.rejections import ROLE_MISSING
from ledger.rejections import EXPIRED, QUOTA_EXCEEDED
from ledger.transaction import decode
from nodes.client.errors import CallFailed, Refused
from nodes.imports.issuing import Issuing, Signing, compare_with_ledger
from nodes.imports.journal import Heading, open_journal
from nodes.imports.plan import PlannedVoucher, Use
from pledges.rejections import INVOICE_OVEROCCUPIED
from receivables.rejections import PACKAGE_EXISTS
from tests.support.payables import BANK, ISSUER, PAYEE

HEADING = Heading(bytes(32), "test.hefu", bytes(32), ISSUER)
NETWORK = ledger_pb2.NetworkId(name="test.hefu", genesis_hash=bytes(32))
NOW_MS = 1_700_000_000_000
VALIDITY_MS = 600_000


def voucher(number: str, fen: int = 500) -> PlannedVoucher:
    return PlannedVoucher(number, PAYEE, 20_600, BANK, "HT", "", [Use(number, number.encode().rjust(32), 900, fen)])


def package(planned: PlannedVoucher, **changes: Any) -> pb.Package:
    made = pb.Package(
        payee=planned.payee, face_fen=planned.face_fen, due_on=planned.due_on, paying_bank=planned.paying_bank,
        stage=pb.PENDING,
    )  # fmt: skip
    for use in planned.uses:
        made.invoices.add(fingerprint=use.fingerprint, amount_fen=use.invoice_fen, occupied_fen=use.share_fen)
    made.MergeFrom(pb.Package(**changes))
    return made


@dataclass
class Node:
    """Stands for client and node. `refusals`: by voucher number, what it says before it says yes; None is a yes."""

    refusals: dict[str, list[Any]] = field(default_factory=dict)
    packages: dict[str, pb.Package] = field(default_factory=dict)
    decided: dict[bytes, node_pb2.Receipt] = field(default_factory=dict)
    now_ms: int = NOW_MS
    sent: list[list[bytes]] = field(default_factory=list)
    breaks_after: int = 10**9

    ledger = SimpleNamespace(GetTransaction="GetTransaction")
    reports = SimpleNamespace(FindPackages="FindPackages")

    async def signing_status(self):
        return node_pb2.NodeStatus(network=NETWORK, now_ms=self.now_ms)

    async def ask(self, method, request):
        if method == "GetTransaction":
            if request.id not in self.decided:
                raise CallFailed("NOT_FOUND", "")
            return node_pb2.TransactionView(receipt=self.decided[request.id])
        found = [reports_pb2.FoundPackage(id=one, package=self.packages[one]) for one in request.packages
                 if one in self.packages]  # fmt: skip
        return reports_pb2.FindPackagesAnswer(packages=found)

    async def submit_stream(self, batches, patience_s):
        async for batch in batches:
            self.sent.append(list(batch))
            if len(self.sent) > self.breaks_after:
                raise ConnectionError("gone")
            yield [self.answer(signed) for signed in batch]

    def answer(self, signed):
        transaction = decode(signed)
        receipt = node_pb2.Receipt(id=transaction.id, has_leaf=True)
        refusals = self.refusals.get(self.number_of(signed), [])
        reason = refusals.pop(0) if refusals else None
        if reason is not None:
            receipt.has_leaf = reason.code > 199
            receipt.refusal.code, receipt.refusal.name = reason.code, reason.name
            receipt.refusal.english, receipt.refusal.chinese = reason.english, reason.chinese
            receipt.refusal.field_name = "invoices"
        if receipt.has_leaf:
            self.decided[transaction.id] = receipt
        return receipt

    @staticmethod
    def number_of(signed):
        return pb.Issue.FromString(decode(signed).body.commands[0].payload).number


@pytest.fixture
def issue(tmp_path):
    """Issue vouchers at a node, beside one journal; the outcome."""

    async def run(node, *vouchers, commitment=bytes(32)):
        signing = Signing(
            ISSUER,
            (bytes([1]) * 32, bytes([2]) * 32),
            VALIDITY_MS,
            lambda now_ms: now_ms + 5,
            lambda _: (commitment, b"s"),
        )
        with open_journal(tmp_path / "journal", HEADING) as journal:
            told: list[int] = []
            outcome = await Issuing(node, journal, signing, told.append).run(vouchers)
            assert sum(told) == len(vouchers)
            return outcome

    return run


def names(outcome):
    return [(found.row, found.column, found.name) for found in outcome.findings]


async def test_vouchers_go_in_batches_of_64_signed_by_all_keys(issue):
    node = Node()
    outcome = await issue(node, *(voucher(f"A-{number}") for number in range(130)))
    assert (outcome.issued, outcome.issued_fen, outcome.findings) == (130, 65_000, [])
    assert [len(batch) for batch in node.sent] == [64, 64, 2]
    transaction = decode(node.sent[0][0])
    command = pb.Issue.FromString(transaction.body.commands[0].payload)
    assert len(transaction.signatures) == 2
    assert transaction.body.valid_until_ms == NOW_MS + VALIDITY_MS
    assert (command.accept_by_ms, command.face_fen, command.contract_commitment) == (NOW_MS + 5, 500, bytes(32))


async def test_a_refusal_by_a_rule_is_found_at_its_row_and_tried_again_next_time(issue):
    node = Node({"A-1": [INVOICE_OVEROCCUPIED]})
    outcome = await issue(node, voucher("A-0"), voucher("A-1"), voucher("A-2"))
    assert (outcome.issued, names(outcome)) == (2, [("A-1", "invoice_number", "INVOICE_OVEROCCUPIED")])
    again = await issue(node, voucher("A-0"), voucher("A-1"), voucher("A-2"))
    assert (again.issued, again.known, again.findings) == (1, 2, [])
    assert [len(batch) for batch in node.sent] == [3, 1]


async def test_a_quota_sends_the_same_bytes_again(issue):
    node = Node({"A-1": [QUOTA_EXCEEDED, QUOTA_EXCEEDED], "A-2": [QUOTA_EXCEEDED]})
    outcome = await issue(node, *(voucher(f"A-{number}") for number in range(4)))
    assert outcome.issued == 4
    assert [sorted(map(node.number_of, batch)) for batch in node.sent] == [
        ["A-0", "A-1", "A-2", "A-3"], ["A-1", "A-2"], ["A-1"],
    ]  # fmt: skip
    assert node.sent[2][0] in node.sent[0]


async def test_what_expired_on_its_way_is_signed_anew(issue):
    node = Node({"A-1": [EXPIRED]})
    assert (await issue(node, voucher("A-0"), voucher("A-1"))).issued == 2
    assert node.number_of(node.sent[1][0]) == "A-1"
    assert node.sent[1][0] != node.sent[0][1]


async def test_a_node_that_puts_off_everything_is_left(issue):
    node = Node({"A-1": [QUOTA_EXCEEDED] * 9})
    with pytest.raises(CallFailed, match="puts off"):
        await issue(node, voucher("A-1"))
    assert len(node.sent) == 1


async def test_a_refusal_without_a_leaf_ends_the_import_and_is_signed_anew_next_time(issue):
    node = Node({"A-1": [ROLE_MISSING]})
    vouchers = [voucher(f"A-{number}") for number in range(3)]
    with pytest.raises(Refused, match="ROLE_MISSING"):
        await issue(node, *vouchers)
    outcome = await issue(node, *vouchers)
    # A-0 was decided before; A-2 was too, and its receipt never read.
    assert (outcome.issued, outcome.known) == (2, 1)
    assert [node.number_of(signed) for signed in node.sent[1]] == ["A-1"]


async def test_what_an_earlier_run_signed_is_asked_for_then_sent_as_it_is(issue):
    node = Node(breaks_after=0)
    with pytest.raises(ConnectionError):
        await issue(node, voucher("A-0"), voucher("A-1"))
    node.breaks_after = 10**9
    node.answer(node.sent[0][0])  # it was decided all the same
    outcome = await issue(node, voucher("A-0"), voucher("A-1"), voucher("A-2"))
    assert (outcome.issued, outcome.known) == (3, 0)
    assert node.sent[1] == [node.sent[0][1]]
    assert [node.number_of(signed) for signed in node.sent[2]] == ["A-2"]


async def test_what_an_earlier_run_signed_and_is_refused_without_a_leaf_is_signed_anew(issue):
    node = Node(breaks_after=0)
    with pytest.raises(ConnectionError):
        await issue(node, voucher("A-0"), voucher("A-1"))
    node.breaks_after, node.refusals = 10**9, {"A-0": [ROLE_MISSING], "A-1": [ROLE_MISSING]}
    assert (await issue(node, voucher("A-0"), voucher("A-1"))).issued == 2
    assert node.sent[1] == node.sent[0]
    assert set(node.sent[2]).isdisjoint(node.sent[0])


async def test_what_an_earlier_run_signed_and_has_expired_is_signed_anew(issue):
    node = Node(breaks_after=0)
    with pytest.raises(ConnectionError):
        await issue(node, voucher("A-0"))
    node.breaks_after, node.now_ms = 10**9, NOW_MS + VALIDITY_MS
    assert (await issue(node, voucher("A-0"))).issued == 1
    assert node.sent[1] != node.sent[0]


async def test_what_an_earlier_run_signed_and_is_no_longer_meant_is_signed_anew(issue):
    node = Node(breaks_after=0)
    with pytest.raises(ConnectionError):
        await issue(node, voucher("A-0"), voucher("A-1"))
    node.breaks_after = 10**9
    outcome = await issue(node, replace(voucher("A-0"), due_on=20_601), replace(voucher("A-1"), paying_bank=ISSUER))
    issued = [pb.Issue.FromString(decode(signed).body.commands[0].payload) for signed in node.sent[1]]
    assert [(one.number, one.due_on, one.paying_bank) for one in issued] == [
        ("A-0", 20_601, BANK), ("A-1", 20_600, ISSUER),
    ]  # fmt: skip
    assert (outcome.issued, len(node.sent)) == (2, 2)


async def test_what_was_signed_upon_another_contract_is_signed_anew(issue):
    node, planned = Node(breaks_after=0), replace(voucher("A-0"), contract="")
    with pytest.raises(ConnectionError):
        await issue(node, planned)
    node.breaks_after = 10**9
    assert (await issue(node, planned, commitment=b"\x01" * 32)).issued == 1
    assert node.sent[1] != node.sent[0]


async def test_an_answer_that_is_no_answer_is_passed_on(issue, monkeypatch):
    node = Node(breaks_after=0)
    with pytest.raises(ConnectionError):
        await issue(node, voucher("A-0"))

    async def ask(method, request):
        raise CallFailed("INTERNAL", "a defect")

    monkeypatch.setattr(node, "ask", ask)
    with pytest.raises(CallFailed, match="a defect"):
        await issue(node, voucher("A-0"))


async def test_a_package_that_exists_is_this_voucher_or_another(issue):
    vouchers = [voucher(name) for name in ("A-0", "A-1", "A-2")]
    node = Node(
        {planned.number: [PACKAGE_EXISTS] for planned in vouchers},
        {f"{ISSUER}.A-0": package(vouchers[0]), f"{ISSUER}.A-1": package(vouchers[1], face_fen=501),
         f"{ISSUER}.A-2": package(vouchers[2], stage=pb.REFUSED)},
    )  # fmt: skip
    outcome = await issue(node, *vouchers)
    assert (outcome.issued, outcome.known, outcome.known_fen) == (0, 1, 500)
    assert names(outcome) == [("A-1", "number", "NUMBER_TAKEN"), ("A-2", "number", "VOUCHER_ENDED")]


@pytest.mark.parametrize("changes", [{"payee": BANK}, {"face_fen": 1}, {"due_on": 1}, {"paying_bank": PAYEE},
                                     {"long_term_reason": "x"}])  # fmt: skip
async def test_another_voucher_of_the_number_differs_in_anything(changes):
    planned = voucher("A-0")
    node: Any = Node(packages={f"{ISSUER}.A-0": package(planned, **changes)})
    fresh, outcome = await compare_with_ledger(node, ISSUER, [planned])
    assert (fresh, names(outcome)) == ([], [("A-0", "number", "NUMBER_TAKEN")])


async def test_the_ledger_is_asked_for_all_vouchers_some_at_a_time():
    planned = [voucher(f"A-{number}") for number in range(1100)]
    node: Any = Node(packages={f"{ISSUER}.{one.number}": package(one) for one in planned[::2]})
    fresh, outcome = await compare_with_ledger(node, ISSUER, planned)
    assert fresh == planned[1::2]
    assert (outcome.known, outcome.known_fen) == (550, 275_000)
