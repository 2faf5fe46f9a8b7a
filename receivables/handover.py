"""A locked range passes to a new holder: what an accepted transfer, an accepted basket and a confirmed trade do alike.

1. The lock is answered. A sale ends: what the selling bank used of its line for the range is given back, revolving or
   not, for it is not the bank's claim any more. A mark of dispute stays with the range.
2. What was paid on since it was locked does not pass: a calendar that is voted may move cut-off before and behind it.
3. Whoever holds a range and owes it, holds nothing: a range that passes to its debtor merges 混同 (Civil Code 576).

Not here: who may say so and until when (the commands), how a range ends (endings).
"""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context
from receivables import checks, endings, line_use, records, rules


def process_new_holder(
    context: Context, ref: pb.VoucherRef, voucher: pb.Voucher, package: pb.Package, holder: str
) -> None:
    """Give a locked range to `holder`; the debtor's merges. Refuses VOUCHER_PARTLY_PAID. The caller tells of it."""
    checks.refuse_partly_paid(package, voucher)
    line_use.process_change_of_use(context, voucher.line, 0, -voucher.line_used_fen)
    voucher.holder, voucher.line, voucher.line_used_fen = holder, "", 0
    voucher.ClearField("sale")
    if holder == rules.compute_debtor(package):
        endings.process_end_of_range(context, ref, voucher, package, pb.MERGED)
        return
    voucher.circulation = pb.CIRCULATING
    voucher.ClearField("lock")
    records.resolve_voucher(context, ref, voucher)
