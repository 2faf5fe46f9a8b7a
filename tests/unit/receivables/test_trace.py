import pytest

from hefu.v1 import identity_pb2, node_pb2
from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation, MalformedInput
from receivables import trace
from receivables.views import ReceivablesView
from tests.support.view_world import NOW_MS, ViewWorld, compute_transaction_id, make_record, make_uscc

ISSUER, PAYEE, TIER_TWO, TIER_THREE = (make_uscc(number) for number in range(1, 5))
PACKAGE = f"{ISSUER}.A"
OTHER_PACKAGE = f"{ISSUER}.B"


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [ReceivablesView()])
    yield made
    made.close()


def ref(start, end, package=PACKAGE):
    return pb.VoucherRef(package=package, start=start, end=end)


def ranges(*pairs, package=PACKAGE):
    voucher = make_record(pb.Voucher(holder=PAYEE, stage=pb.LIVE, circulation=pb.CIRCULATING))
    return {f"voucher/{package}/{start}-{end}": voucher for start, end in pairs}


def gone(start, end):
    return {f"voucher/{PACKAGE}/{start}-{end}": None}


def package(stage=pb.PACKAGE_LIVE, name=PACKAGE):
    return {f"package/{name}": make_record(pb.Package(issuer=ISSUER, payee=PAYEE, face_fen=100, due_on=1, stage=stage))}


def step(kind, start, end, parent=None, name=PACKAGE):
    event = pb.VoucherEvent(voucher=ref(start, end, name), actor=PAYEE)
    if parent:
        start_of_parent, end_of_parent = parent
        event.parent.CopyFrom(ref(start_of_parent, end_of_parent, name))
    return (kind, event)


def tell_story(world):
    """Issued, accepted, cut three times: 1–100 → 1–60, 61–100; 1–60 → 1–20, 21–60; 21–60 → 21–30, 31–60."""
    world.write_block(package(pb.PENDING), [step(pb.ISSUE, 0, 0)])
    world.write_block(package() | ranges((1, 100)), [step(pb.ACCEPT_ISSUE, 1, 100)])
    world.write_block(gone(1, 100) | ranges((1, 60), (61, 100)), [step(pb.TRANSFER, 1, 60, (1, 100))])
    world.write_block(ranges((1, 60)), [step(pb.ACCEPT_TRANSFER, 1, 60)])
    world.write_block(gone(1, 60) | ranges((1, 20), (21, 60)), [step(pb.SPLIT, 1, 20, (1, 60))])
    world.write_block(gone(21, 60) | ranges((21, 30), (31, 60)), [step(pb.SPLIT, 21, 30, (21, 60))])
    world.write_block(ranges((61, 100)), [step(pb.PREPAY, 61, 100)])
    world.write_block(package(), [step(pb.PAY_PACKAGE, 0, 0)])


def trace_voucher(world, start, end, name=PACKAGE):
    return trace.trace_voucher(world.connection, node_pb2.TraceVoucherRequest(voucher=ref(start, end, name)))


def trace_package(world, name=PACKAGE):
    return trace.trace_package(world.connection, node_pb2.TracePackageRequest(package=name))


def kinds(steps):
    return [pb.ReceivablesCommand.Name(found.kind) for found in steps]


def test_a_piece_of_pieces_is_traced_to_its_package(world):
    tell_story(world)
    found = trace_voucher(world, 31, 60)
    assert kinds(found.steps) == [
        "ISSUE", "ACCEPT_ISSUE", "TRANSFER", "ACCEPT_TRANSFER", "SPLIT", "SPLIT", "PAY_PACKAGE",
    ]  # fmt: skip
    assert found.package.id == PACKAGE
    assert [found.height for found in found.steps] == [1, 2, 3, 4, 5, 6, 8]


def test_what_happened_to_the_other_piece_after_the_cut_is_no_step(world):
    tell_story(world)
    assert kinds(trace_voucher(world, 61, 100).steps) == ["ISSUE", "ACCEPT_ISSUE", "TRANSFER", "PREPAY", "PAY_PACKAGE"]
    assert kinds(trace_voucher(world, 1, 20).steps)[-2:] == ["SPLIT", "PAY_PACKAGE"]


def test_a_step_carries_where_it_stands(world):
    tell_story(world)
    second = trace_voucher(world, 1, 20).steps[1]
    assert second.index == 3  # in this world, leaf 0 ends block 0, and 1 and 2 are those of block 1
    assert second.transaction_id == compute_transaction_id(3)
    assert (second.time_ms, second.event.voucher) == (NOW_MS + 3, ref(1, 100))


def test_a_cut_range_can_still_be_traced(world):
    tell_story(world)
    assert kinds(trace_voucher(world, 1, 60).steps) == [
        "ISSUE", "ACCEPT_ISSUE", "TRANSFER", "ACCEPT_TRANSFER", "SPLIT", "PAY_PACKAGE",
    ]  # fmt: skip


def test_a_range_made_and_cut_within_a_block_can_be_traced(world):
    world.write_block(
        package() | ranges((1, 5), (6, 10), (11, 100)), [step(pb.SPLIT, 1, 10, (1, 100)), step(pb.SPLIT, 1, 5, (1, 10))]
    )
    assert kinds(trace_voucher(world, 1, 10).steps) == ["SPLIT", "SPLIT"]
    assert kinds(trace_voucher(world, 11, 100).steps) == ["SPLIT"]


def test_a_range_that_never_was_has_no_trace(world):
    tell_story(world)
    assert trace_voucher(world, 32, 60) is None
    assert trace_voucher(world, 1, 101) is None
    assert trace_voucher(world, 0, 0, OTHER_PACKAGE) is None
    assert trace_voucher(world, 1, 1, "\x00") is None


def test_a_package_is_shown_with_its_ranges_and_all_its_steps(world):
    tell_story(world)
    world.write_block(package(name=OTHER_PACKAGE), [step(pb.ISSUE, 0, 0, name=OTHER_PACKAGE)])
    found = trace_package(world)
    assert [(view.voucher.start, view.voucher.end) for view in found.vouchers] == [
        (1, 20),
        (21, 30),
        (31, 60),
        (61, 100),
    ]
    assert (found.sum_fen, found.package.package.face_fen, len(found.steps)) == (100, 100, 8)


def test_a_pending_package_has_no_ranges_yet(world):
    world.write_block(package(pb.PENDING), [step(pb.ISSUE, 0, 0)])
    found = trace_package(world)
    assert (list(found.vouchers), found.sum_fen, kinds(found.steps)) == ([], 0, ["ISSUE"])


def test_an_unknown_package_has_no_trace(world):
    assert trace_package(world, OTHER_PACKAGE) is trace_package(world, "x") is None


@pytest.mark.parametrize("pairs", [[], [(1, 99)], [(2, 100)], [(1, 40), (42, 100)], [(1, 50), (50, 100)], [(1, 101)]])
def test_ranges_that_are_no_partition_are_our_bug(world, pairs):
    world.write_block(package() | ranges(*pairs))
    with pytest.raises(InvariantViolation):
        trace_package(world)


def test_a_refused_transaction_is_no_step(world):
    world.write_block(package(pb.PENDING), [step(pb.ISSUE, 0, 0), (pb.ACCEPT_ISSUE, None)])
    assert kinds(trace_package(world).steps) == ["ISSUE"]


def test_events_of_other_domains_are_no_steps(world):
    event = identity_pb2.IdentityEvent(organisation=PAYEE)
    world.write_block(package(pb.PENDING), [(identity_pb2.ADMIT_KEY, event), step(pb.ISSUE, 0, 0)])
    assert kinds(trace_package(world).steps) == ["ISSUE"]


def read_pages(world, call, **request):
    """All steps, page after page, and how many pages there were."""
    steps: list[node_pb2.TraceStep] = []
    pages = after = 0
    while pages == 0 or after:
        page = call(world.connection, **request, after=after)
        steps, pages, after = steps + list(page.steps), pages + 1, page.next_index
    return steps, pages


def test_a_long_trace_comes_in_pages(world, monkeypatch):
    """So that a former holder who moves a range to and fro hides nothing from those who hold it later."""
    tell_story(world)
    whole = {"package": list(trace_package(world).steps), "voucher": list(trace_voucher(world, 31, 60).steps)}
    for size in (1, 2, 3):
        monkeypatch.setattr(trace, "MAX_STEPS", size)
        for name, call in (
            ("package", lambda connection, after: trace.trace_package(
                connection, node_pb2.TracePackageRequest(package=PACKAGE, after_index=after)
            )),
            ("voucher", lambda connection, after: trace.trace_voucher(
                connection, node_pb2.TraceVoucherRequest(voucher=ref(31, 60), after_index=after)
            )),
        ):  # fmt: skip
            steps, pages = read_pages(world, call)
            assert steps == whole[name]
            assert pages > 1


def test_a_package_of_too_many_ranges_is_listed_not_traced(world, monkeypatch):
    tell_story(world)
    monkeypatch.setattr(trace, "MAX_RANGES", 3)
    with pytest.raises(MalformedInput):
        trace_package(world)


def test_what_a_transaction_says_of_another_package_is_no_step_of_this_one(world):
    (kind, ours), (_, theirs) = step(pb.ACCEPT_TRANSFER, 1, 100), step(pb.ACCEPT_TRANSFER, 1, 100, name=OTHER_PACKAGE)
    packages = package() | package(name=OTHER_PACKAGE)
    world.write_block(packages | ranges((1, 100)) | ranges((1, 100), package=OTHER_PACKAGE), [(kind, (ours, theirs))])
    for name in (PACKAGE, OTHER_PACKAGE):
        found = trace.trace_package(world.connection, node_pb2.TracePackageRequest(package=name))
        assert found is not None
        assert [one.event.voucher.package for one in found.steps] == [name]
