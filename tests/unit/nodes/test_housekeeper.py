import asyncio
from functools import partial

import pytest
from structlog.testing import capture_logs

from hefu.v1 import identity_pb2, ledger_pb2
from hefu.v1 import node_pb2 as node
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput, Reason
from ledger.transaction import decode
from nodes.config import NodeConfig
from nodes.genesis_file import make_uscc
from nodes.housekeeper import Chore, Housekeeper, free_lapsed, keep_house, read_service_key
from nodes.keys import make_key, write_key
from nodes.link import LinkFailure
from nodes.refusals import build_refusal
from receivables.rejections import LAPSE_TOO_EARLY, NOTHING_TO_LAPSE

MEMBER = make_uscc(1)
NETWORK = ledger_pb2.NetworkId(name="test", genesis_hash=bytes(32))
NOW_MS = 1_800_000_000_000
DONE = node.Receipt(has_leaf=True)


@pytest.fixture
def keeper():
    return Housekeeper(NETWORK, make_key(MEMBER, "node", [identity_pb2.SERVICE]))


@pytest.fixture
def logged():
    with capture_logs() as lines:
        yield lines


def refused(reason: Reason, has_leaf: bool = True) -> node.Receipt:
    return node.Receipt(has_leaf=has_leaf, refusal=build_refusal(reason.code, 0, 0, 0))


def names(transactions: list[bytes]) -> list[str]:
    commands = [command for signed in transactions for command in decode(signed).body.commands]
    assert {command.kind for command in commands} <= {pb.LAPSE_ISSUE}
    assert len(commands) == len(transactions)
    return [pb.LapseIssue.FromString(command.payload).package for command in commands]


# ---------------------------------------------------------------- the object


def test_each_due_package_is_lapsed_in_a_transaction_of_its_own(keeper):
    transactions = keeper.begin(["A", "B"], NOW_MS)
    assert names(transactions) == ["A", "B"]
    for signed in transactions:
        transaction = decode(signed)
        assert list(transaction.body.commands[0].organisations) == [MEMBER]
        assert [signature.public_key for signature in transaction.signatures] == [keeper._key.public_key]
        assert (transaction.body.network, transaction.body.valid_until_ms > NOW_MS) == (NETWORK, True)


def test_nothing_due_says_nothing(keeper):
    assert keeper.begin([], NOW_MS) == []


def test_a_round_says_64_at_most_and_the_next_one_the_rest(keeper):
    due = [f"P{number:03d}" for number in range(70)]
    assert keeper.limit == 64
    assert names(keeper.begin(due, NOW_MS)) == due[:64]
    keeper.end([DONE] * 64)
    assert names(keeper.begin(due[64:], NOW_MS)) == due[64:]


def test_nothing_is_under_way_twice(keeper):
    keeper.begin(["A"], NOW_MS)
    assert keeper.begin(["A", "B"], NOW_MS) == []
    keeper.end([DONE])
    assert names(keeper.begin(["B"], NOW_MS)) == ["B"]


def test_what_had_no_answer_is_said_again(keeper):
    keeper.begin(["A"], NOW_MS)
    keeper.give_up()
    assert names(keeper.begin(["A"], NOW_MS)) == ["A"]


def test_coming_second_is_no_alarm_and_is_forgotten(keeper, logged):
    keeper.begin(["A", "B"], NOW_MS)
    keeper.end([refused(NOTHING_TO_LAPSE), DONE])
    assert [line["log_level"] for line in logged] == ["info", "info"]
    assert not any("alarm" in line for line in logged)
    assert keeper.limit == 64


def test_what_the_log_holds_as_refused_is_not_said_again_and_hides_nothing(keeper, logged):
    keeper.begin(["A", "B"], NOW_MS)
    keeper.end([refused(LAPSE_TOO_EARLY), DONE])
    assert {line["log_level"] for line in logged} == {"info", "warning"}
    assert keeper.limit == 65
    assert names(keeper.begin(["A", "C"], NOW_MS)) == ["C"]
    keeper.end([DONE])
    assert keeper.begin([], NOW_MS) == []
    assert keeper.limit == 64  # somebody else has freed it


def test_a_refusal_that_left_no_leaf_is_tried_again(keeper):
    keeper.begin(["A"], NOW_MS)
    keeper.end([refused(LAPSE_TOO_EARLY, has_leaf=False)])
    assert names(keeper.begin(["A"], NOW_MS)) == ["A"]


# ---------------------------------------------------------------- the rounds


class FakeNode:
    """Gate, pipe and readers in one: what is due, and what is submitted."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.due: list[str] = []
        self.stopped_because = ""
        self.failure: Exception | None = None
        self.submitted: list[str] = []
        self.asked = 0
        self.stop_after = 0

    async def ask(self, method, request):
        self.asked += 1
        if self.asked == self.stop_after:
            self.stopping.set()
        if self.failure is not None:
            raise self.failure
        return node.NodeStatus(now_ms=NOW_MS, stopped_because=self.stopped_because).SerializeToString()

    async def read(self, question):
        return self.due

    async def enter(self):
        if self.stopping.is_set():
            raise LinkFailure("UNAVAILABLE", "the node is stopping")

    def decide(self, transactions, turn):
        self.submitted += names(transactions)
        return asyncio.create_task(self._answer(len(transactions)))

    async def _answer(self, count):
        return node.ReceiptBatch(receipts=[DONE] * count).SerializeToString()


@pytest.fixture
def fake():
    return FakeNode()


async def test_a_round_submits_what_is_due_and_no_more(keeper, fake):
    await free_lapsed(keeper, fake, fake, fake)
    assert fake.submitted == []
    fake.due = ["A", "B"]
    await free_lapsed(keeper, fake, fake, fake)
    assert fake.submitted == ["A", "B"]


async def test_a_node_that_makes_no_blocks_is_left_alone(keeper, fake):
    fake.due, fake.stopped_because = ["A"], "the clock jumped"
    await free_lapsed(keeper, fake, fake, fake)
    assert fake.submitted == []


async def test_a_stop_in_the_middle_of_a_round_ends_it(keeper, fake):
    fake.due = ["A"]
    fake.stop_after = 1
    await keep_house([partial(free_lapsed, keeper, fake, fake, fake)], 3600, fake.stopping)
    assert (fake.submitted, fake.asked) == ([], 1)
    assert names(keeper.begin(["A"], NOW_MS)) == ["A"]


async def test_the_rounds_go_on_after_a_defect_and_a_lost_kernel(keeper, fake, logged):
    others = []

    async def do_another():
        others.append(fake.asked)

    chores: list[Chore] = [partial(free_lapsed, keeper, fake, fake, fake), do_another]
    fake.stop_after = 2
    fake.failure = ZeroDivisionError()
    await keep_house(chores, 0, fake.stopping)
    assert [line.get("alarm", False) for line in logged] == [True, True]
    fake.stopping.clear()
    fake.failure, fake.stop_after = LinkFailure("UNAVAILABLE", "the kernel has ended"), 4
    await keep_house(chores, 0, fake.stopping)
    assert others == [1, 2, 3, 4]
    assert [line.get("alarm", False) for line in logged] == [True, True, False, False]


async def test_a_round_whose_answers_are_lost_is_begun_again(keeper, fake, logged):
    fake.due = ["A"]
    fake.decide = lambda transactions, turn: asyncio.create_task(lose())

    async def lose():
        fake.stopping.set()
        raise LinkFailure("UNAVAILABLE", "the kernel has ended")

    await keep_house([partial(free_lapsed, keeper, fake, fake, fake)], 3600, fake.stopping)
    assert [line["event"] for line in logged] == ["housekeeping had no answer"]
    assert names(keeper.begin(["A"], NOW_MS)) == ["A"]


# ---------------------------------------------------------------- the key


def test_without_a_key_there_is_no_housekeeping(tmp_path):
    assert read_service_key(tmp_path, NodeConfig()) is None


def test_the_key_lies_beside_the_configuration_or_anywhere(tmp_path):
    key = make_key(MEMBER, "node", [identity_pb2.SERVICE])
    write_key(tmp_path / "service.json", key)
    for name in ("service.json", str(tmp_path / "service.json")):
        assert read_service_key(tmp_path, NodeConfig(service_key=name)) == key


@pytest.mark.parametrize(
    ("roles", "passphrase", "complaint"),
    [
        ([identity_pb2.MAKER], None, "no key that can do more"),
        ([identity_pb2.SERVICE], "secret", "passphrase"),
        (None, None, "cannot be read"),
    ],
)
def test_a_key_of_the_wrong_kind_is_named(tmp_path, roles, passphrase, complaint):
    if roles is not None:
        write_key(tmp_path / "k.json", make_key(MEMBER, "node", roles), passphrase, 1, 8192)
    with pytest.raises(MalformedInput, match=complaint) as caught:
        read_service_key(tmp_path, NodeConfig(service_key="k.json"))
    assert "k.json" in str(caught.value)


def test_what_no_path_can_be_is_malformed(tmp_path):
    with pytest.raises(MalformedInput, match="service_key"):
        read_service_key(tmp_path, NodeConfig(service_key="\x00"))


def test_what_is_no_key_file_is_named(tmp_path):
    (tmp_path / "k.json").write_text("{}", encoding="utf-8")
    with pytest.raises(MalformedInput, match=r"service_key .*k\.json"):
        read_service_key(tmp_path, NodeConfig(service_key="k.json"))
