"""The root of the command line: its groups, and the one place where errors end."""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from nodes.cli import failures, streams

TRACEBACK = "HEFU_TRACEBACK"


class Root(TyperGroup):
    """Every command ends here: what a user can cause is explained, anything else is our defect. Both end with 2."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and end the process with 0, 1 or 2."""
        streams.prepare()
        given = sys.argv[1:] if args is None else list(args)
        try:
            code = super().main(given, prog_name, complete_var, False, windows_expand_args, **extra)
            streams.finish()
        except typer.Abort:
            sys.exit(failures.UNUSABLE)
        except SystemExit:  # typer leaves in this way, with 1, when the reader of its help or prompt has gone
            code = failures.UNUSABLE
        except Exception as error:  # noqa: BLE001  # the last door: a defect of ours must not end as 1, refused
            code = _fail(error, "--json" in given)
        sys.exit(code if isinstance(code, int) else 0)


def _fail(error: Exception, as_json: bool) -> int:
    fault = failures.explain(error)
    if fault is None:
        if os.environ.get(TRACEBACK):
            streams.complain("".join(traceback.format_exception(error)))
        # Its text stays away: it may hold what was read from a key.
        fault = failures.fault(
            "defect 程序缺陷", f"{type(error).__name__}; {TRACEBACK}=1 shows where, please report it"
        )
    failures.show(fault, as_json)
    return int(fault["exit_code"])


app = typer.Typer(
    name="hefu",
    cls=Root,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Hefu 合符: identify, own, split, move and pledge once, and prove it to whoever asks.",
    epilog="Start: hefu node init DIR; hefu node start DIR. Exit codes: 0 done, 1 refused, 2 wrong usage, unreadable.",
)


def add_commands() -> None:
    """Hang every group into the root."""
    from nodes.cli import (
        alerts,
        importing,
        inbox,
        network,
        node,
        proof,
        reconciling,
        reporting,
        trust,
        tx,
        verify,
        witness,
    )

    app.add_typer(node.app, name="node")
    app.add_typer(network.app, name="network")
    _add_identity()
    _add_vouchers()
    app.add_typer(inbox.app, name="inbox")
    app.add_typer(importing.app, name="import")
    app.add_typer(reporting.app, name="report")
    app.command("alerts", epilog=alerts.EPILOG)(alerts.list_alerts)
    app.add_typer(proof.app, name="proof")
    app.add_typer(tx.app, name="tx")
    app.add_typer(trust.app, name="trust")
    app.add_typer(witness.app, name="witness")
    app.command("reconcile", epilog=reconciling.EPILOG)(reconciling.reconcile)
    app.command("verify", epilog=verify.EPILOG)(verify.verify)


def _add_identity() -> None:
    from nodes.cli import certificates, credential, enrolment, gov, keys, mandate, org, propose, propose_engine

    app.add_typer(keys.app, name="keys")
    certificates.add_to(keys.app)
    enrolment.add_to(keys.app)
    app.add_typer(org.app, name="org")
    app.add_typer(credential.app, name="credential")
    app.add_typer(mandate.app, name="mandate")
    propose_engine.add_to(propose.app)
    gov.app.add_typer(propose.app, name="propose")
    app.add_typer(gov.app, name="gov")


def _add_vouchers() -> None:
    from nodes.cli import (
        account,
        aftercare,
        basket,
        blanket,
        clearing,
        endings,
        finance,
        line,
        marks,
        orders,
        payment,
        quotes,
        reading,
        receivable,
        trade,
        voucher,
    )  # fmt: skip

    payment.add_to(voucher.app)
    clearing.add_to(voucher.app)
    reading.add_to(voucher.app)
    aftercare.add_to(finance.app)
    voucher.app.add_typer(finance.app, name="finance")
    finance.add_pledge_to(voucher.app)
    voucher.app.add_typer(quotes.app, name="quotes")
    voucher.app.add_typer(basket.app, name="basket")
    voucher.app.add_typer(trade.app, name="trade")
    orders.add_to(voucher.app)
    marks.add_to(voucher.app)
    endings.add_to(voucher.app)
    app.add_typer(voucher.app, name="voucher")
    app.add_typer(account.app, name="account")
    app.add_typer(line.app, name="line")
    app.add_typer(blanket.app, name="blanket")
    app.add_typer(receivable.app, name="receivable")


add_commands()
