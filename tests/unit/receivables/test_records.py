import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import InvariantViolation
from receivables import records
from tests.unit.receivables.world import FACE, PAYEE, World


def test_keys_are_readable_paths():
    ref = pb.VoucherRef(package="I.A-1", start=1, end=9)
    assert records.compute_package_key("I.A-1") == "package/I.A-1"
    assert records.compute_hold_key("I.A-1") == "holds/I.A-1"
    assert records.compute_voucher_key(ref) == "voucher/I.A-1/1-9"
    assert records.compute_asset_key(ref) == "voucher:I.A-1/1-9"
    assert records.compute_issuer_totals_key("I") == "totals/issuer/I"


@pytest.mark.parametrize("changes", [{"paid_fen": 1}, {"circulation": pb.LOCKED}])
def test_a_range_that_was_paid_or_is_locked_is_never_cut(changes):
    world = World()
    ref = world.live()
    voucher = pb.Voucher(**({"holder": PAYEE, "stage": pb.LIVE, "circulation": pb.CIRCULATING} | changes))
    with pytest.raises(InvariantViolation):
        records.put_cut(world.context(PAYEE), ref, voucher, FACE // 2)


@pytest.mark.parametrize(("used_fen", "first_fen", "expected"), [
    (FACE, 300, (300, FACE - 300)), (FACE - 100, 300, (200, FACE - 300)), (300, 300, (0, 300)), (FACE - 299, 300, (1, FACE - 300)),
    (0, 300, (0, 0)),
])  # fmt: skip
def test_pieces_share_a_line_in_use_and_never_use_more_of_it(used_fen, first_fen, expected):
    world = World()
    ref = world.live()
    voucher = world.voucher(ref)
    voucher.line, voucher.line_used_fen = "G.L-1" if used_fen else "", used_fen
    context = world.context(PAYEE)
    pieces = [records.get_voucher(context, piece) for piece in records.put_cut(context, ref, voucher, first_fen)]
    found = [piece for piece in pieces if piece is not None]
    assert tuple(piece.line_used_fen for piece in found) == expected
    assert [piece.line for piece in found] == ["G.L-1" if piece.line_used_fen else "" for piece in found]
