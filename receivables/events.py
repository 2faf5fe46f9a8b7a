"""What the read side is told. Helpers only: each emits one VoucherEvent of the command at hand."""

from hefu.v1 import receivables_pb2 as pb
from ledger.context import Context


def emit_package(
    context: Context,
    package: str,
    counterparty: str = "",
    amount_fen: int = 0,
    commitment: bytes = b"",
    order: bytes = b"",
) -> None:
    """Tell of something that concerns the whole package; `order` is the digest of a court's order."""
    context.emit(
        pb.VoucherEvent(
            voucher=pb.VoucherRef(package=package),
            actor=context.actor,
            counterparty=counterparty,
            amount_fen=amount_fen,
            commitment=commitment,
            order=order,
        )
    )


def emit_voucher(
    context: Context,
    ref: pb.VoucherRef,
    counterparty: str = "",
    amount_fen: int = 0,
    parent: pb.VoucherRef | None = None,
    form: pb.FinancingForm = pb.FINANCING_FORM_UNSPECIFIED,
    commitment: bytes = b"",
    registration_number: str = "",
    order: bytes = b"",
) -> None:
    """Tell of something that concerns one range; `parent` is the range that was cut for it."""
    context.emit(
        pb.VoucherEvent(
            voucher=ref,
            actor=context.actor,
            counterparty=counterparty,
            amount_fen=amount_fen,
            parent=parent,
            form=form,
            commitment=commitment,
            registration_number=registration_number,
            order=order,
        )
    )
