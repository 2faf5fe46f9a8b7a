"""How ranges end without a payment: cancellation by agreement 协议注销 and merger 混同 (Civil Code 576).

1. The debtor opens a package for cancellation; each holder consents for its own range, which ends. No claim, no freeze,
   no payment, and before cut-off.
2. When all ranges of a package were cancelled it is cancelled, and its invoices are free.
3. A range whose holder is its debtor merges. Its invoices stay used.
4. An ended range leaves the issuer's totals and its line; from then on the package is paid range by range.
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from ledger.seam import CommandTable
from pledges.transitions import process_freeing
from receivables import line_use, payments, records, rules, totals


def process_end_of_range(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package, stage: pb.VoucherStage
) -> None:
    """End an unpaid range as MERGED or CANCELLED, with what it leaves in package, totals and lines.

    The caller has judged that it may end, and tells of it. A lock on the range is answered by it.
    """
    length = payments.compute_length(ref)
    line_use.process_change_of_use(context, voucher.line, 0, -voucher.line_used_fen)
    line_use.process_change_of_use(context, package.line, 0, -length)
    voucher.stage, voucher.circulation, voucher.line, voucher.line_used_fen = stage, pb.CLOSED, "", 0
    _put_ended(context, ref, voucher)
    if stage == pb.MERGED:
        package.merged_fen += length
    else:
        package.cancelled_fen += length
    _put_package(context, ref.package, package)
    debtor = rules.compute_debtor(package)
    after = totals.compute_paid(records.get_issuer_totals(context, debtor), package.due_on, length)
    records.put_issuer_totals(context, debtor, after)


def _put_ended(context: Context, ref: pb.VoucherRef, voucher: pb.Voucher) -> None:
    if voucher.HasField("lock"):
        voucher.ClearField("lock")
        records.resolve_voucher(context, ref, voucher)
    else:
        records.put_voucher(context, ref, voucher)


def _put_package(context: Context, package: str, record: pb.Package) -> None:
    """With its last range a package ends: cancelled where all were, and then its invoices are free; else settled."""
    if record.cancelled_fen == record.face_fen:
        record.stage = pb.PACKAGE_CANCELLED
        process_freeing(context, record.invoices)
    elif payments.compute_package_owed(record) == 0:
        record.stage = pb.SETTLED
    records.put_package(context, package, record)


COMMANDS: CommandTable = {}
