"""`hefu voucher`: show, list, packages, trace, clearing, registration-text. These sign nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from hefu.v1 import node_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.cli import options
from nodes.cli.output import describe, enum_name, print_json, print_lines, print_pairs, print_table, to_plain
from nodes.cli.session import connect
from nodes.cli.values import (
    BadValue,
    parse_day,
    parse_organisation,
    parse_package,
    parse_voucher,
    show_day,
    show_fen,
    show_ms,
    show_voucher,
)
from nodes.cli.voucher import PACKAGE, RANGE, Thing, is_range
from nodes.client.builder import kind_name

if TYPE_CHECKING:
    from nodes.client.blocking import Client

PAGE_SIZE = 500
Limit = Annotated[int, typer.Option("--limit", min=0, metavar="N", help="At most so many; 0 = all.")]
Org = Annotated[str | None, typer.Option(metavar="ORG")]
Day = Annotated[str | None, typer.Option(metavar="DAY")]


def show(thing: Thing, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show 查询 a package or a range as it is meant now: holder, state, claim, what is owed."""
    with connect(node) as client:
        view: node_pb2.PackageView | node_pb2.VoucherView
        if is_range(thing):
            view = client.ask(client.vouchers.GetVoucher, node_pb2.GetVoucherRequest(voucher=parse_voucher(thing)))
        else:
            view = client.ask(client.vouchers.GetPackage, node_pb2.GetPackageRequest(package=parse_package(thing)))
    if as_json:
        print_json(to_plain(view))
    elif isinstance(view, node_pb2.VoucherView):
        _show_voucher(view)
    else:
        _show_package(view)


def _show_voucher(view: node_pb2.VoucherView) -> None:
    ref, state = view.voucher, view.state
    print_pairs((
        ("voucher 凭证", show_voucher(ref)),
        ("amount 金额", show_fen(ref.end - ref.start + 1)),
        ("owed 待付", show_fen(view.owed_fen)),
        ("issuer 开立人", view.issuer),
        ("holder 持有人", state.holder),
        ("due 到期日", show_day(view.due_on)),
        ("stage 阶段", enum_name(pb.VoucherStage, state.stage)),
        ("circulation 流转", enum_name(pb.Circulation, state.circulation)),
        ("claim 质权", _claim(view) or "none"),
        ("frozen 冻结", "yes" if view.package_frozen or state.freezes else ""),
        ("red letter 红冲", "yes" if view.red_lettered else ""),
        ("as of 截至", f"{show_ms(view.time_ms)}, height {view.height}"),
    ))  # fmt: skip
    for name in ("lock", "sale", "dispute", "failure", "objection"):
        if state.HasField(name):
            print_lines([f"{name}:", *describe(getattr(state, name), "  ")])


def _show_package(view: node_pb2.PackageView) -> None:
    package = view.package
    print_pairs((
        ("package 凭证包", view.id),
        ("face 面额", show_fen(package.face_fen)),
        ("owed 待付", show_fen(view.owed_fen)),
        ("issuer 开立人", package.issuer),
        ("payee 收款人", package.payee),
        ("paying bank", package.paying_bank),
        ("due 到期日", show_day(package.due_on) + ("  OVERDUE 已逾期" if view.overdue else "")),
        ("stage 阶段", enum_name(pb.PackageStage, package.stage)),
        ("accept by", show_ms(package.accept_by_ms) if package.stage == pb.PENDING else ""),
        ("as of 截至", f"{show_ms(view.time_ms)}, height {view.height}"),
    ))  # fmt: skip
    for use in package.invoices:
        print_lines([f"invoice {use.fingerprint.hex()}  {show_fen(use.occupied_fen)} of {show_fen(use.amount_fen)}"])


def list_vouchers(
    holder: Org = None,
    issuer: Org = None,
    counterparty: Annotated[str | None, typer.Option(metavar="ORG", help="Who is to answer a request.")] = None,
    package: Annotated[str | None, typer.Option(metavar="PACKAGE")] = None,
    stage: Annotated[str | None, typer.Option(help="live, paid, merged or cancelled")] = None,
    circulation: Annotated[str | None, typer.Option(help="circulating, locked or closed")] = None,
    due_from: Day = None,
    due_to: Day = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List 列表 ranges; each filter may be left out. One list is as of one height."""
    request = node_pb2.ListVouchersRequest(
        holder=_org(holder),
        issuer=_org(issuer),
        counterparty=_org(counterparty),
        package=parse_package(package) if package else "",
        stage=_enum(stage, pb.VoucherStage.keys()),
        circulation=_enum(circulation, pb.Circulation.keys()),
        due_from=parse_day(due_from) if due_from else 0,
        due_to=parse_day(due_to) if due_to else 0,
    )
    with connect(node) as client:
        pages = _pages(client, client.vouchers.ListVouchers, request, "vouchers", limit)
        first, found = _gather(pages)
    if as_json:
        print_json({"vouchers": [to_plain(view) for view in found], **_totals(first)})
        return
    headings = ("voucher 凭证", "amount 金额", "owed 待付", "holder 持有人", "due 到期", "state 状态", "claim 质权")
    print_table(headings, (_voucher_row(view) for view in found), right=(1, 2))
    _show_totals(first, len(found))


def list_packages(
    issuer: Org = None,
    payee: Org = None,
    stage: Annotated[
        str | None, typer.Option(help="pending, live, settled, refused, withdrawn, lapsed or cancelled")
    ] = None,
    due_from: Day = None,
    due_to: Day = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List packages 凭证包 by issuer, payee, stage and due day."""
    request = node_pb2.ListPackagesRequest(
        issuer=_org(issuer),
        payee=_org(payee),
        stage=_enum(stage, pb.PackageStage.keys()),
        due_from=parse_day(due_from) if due_from else 0,
        due_to=parse_day(due_to) if due_to else 0,
    )
    with connect(node) as client:
        first, found = _gather(_pages(client, client.vouchers.ListPackages, request, "packages", limit))
    if as_json:
        print_json({"packages": [to_plain(view) for view in found], **_totals(first)})
        return
    rows = (
        (
            view.id, show_fen(view.package.face_fen), show_fen(view.owed_fen), view.package.payee,
            show_day(view.package.due_on) + (" !" if view.overdue else ""),
            enum_name(pb.PackageStage, view.package.stage),
        )
        for view in found
    )  # fmt: skip
    headings = ("package 凭证包", "face 面额", "owed 待付", "payee 收款人", "due 到期", "stage 阶段")
    print_table(headings, rows, right=(1, 2))
    _show_totals(first, len(found))


def trace(thing: Thing, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Trace 溯源 a range back to its package, or a package to all its ranges, whose sum is the face."""
    with connect(node) as client:
        answer = read_trace(client, thing)
    if as_json:
        print_json(to_plain(answer))
        return
    rows = (_step_row(step) for step in answer.steps)
    print_table(("time 时间", "step 步骤", "voucher 凭证", "from 由", "to 至", "amount 金额"), rows, right=(5,))
    if isinstance(answer, node_pb2.PackageTrace):
        headings = ("voucher 凭证", "amount 金额", "owed 待付", "holder 持有人", "due 到期", "state 状态", "claim 质权")
        print_table(headings, (_voucher_row(view) for view in answer.vouchers), right=(1, 2))
        face = show_fen(answer.package.package.face_fen)
        print_lines([f"Σ {show_fen(answer.sum_fen)} of face 面额 {face}"])


def read_trace(client: "Client", thing: str) -> node_pb2.VoucherTrace | node_pb2.PackageTrace:
    """A trace with the steps of all its pages."""
    method: Any
    request: node_pb2.TraceVoucherRequest | node_pb2.TracePackageRequest
    if is_range(thing):
        method, request = client.vouchers.TraceVoucher, node_pb2.TraceVoucherRequest(voucher=parse_voucher(thing))
    else:
        method, request = client.vouchers.TracePackage, node_pb2.TracePackageRequest(package=parse_package(thing))
    answer = page = client.ask(method, request)
    while page.next_index > request.after_index:
        request.after_index = page.next_index
        page = client.ask(method, request)
        answer.steps.extend(page.steps)
    answer.next_index = 0
    return cast("node_pb2.VoucherTrace | node_pb2.PackageTrace", answer)


def _step_row(step: node_pb2.TraceStep) -> tuple[str, ...]:

    event = step.event
    amount = show_fen(event.amount_fen) if event.amount_fen else ""
    place = show_voucher(event.voucher)
    return (show_ms(step.time_ms), kind_name(step.kind), place, event.actor, event.counterparty, amount)


def _voucher_row(view: node_pb2.VoucherView) -> tuple[str, ...]:
    ref = view.voucher
    state = f"{enum_name(pb.VoucherStage, view.state.stage)} {enum_name(pb.Circulation, view.state.circulation)}"
    amounts = show_fen(ref.end - ref.start + 1), show_fen(view.owed_fen)
    return (show_voucher(ref), *amounts, view.state.holder, show_day(view.due_on), state, _claim(view))


def _claim(view: node_pb2.VoucherView) -> str:
    return f"{view.claim.pledgee} {show_fen(view.claim.secured_fen)}" if view.HasField("claim") else ""


def clearing(
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day on which it is paid.")] = None,
    bank: Annotated[str | None, typer.Option("--bank", metavar="ORG", help="The paying bank; it needs --on.")] = None,
    package: Annotated[str | None, typer.Option(metavar="PACKAGE")] = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Show the clearing list 清算清单 of a day: what is to be paid on each range, and to whom."""
    request = node_pb2.ListClearingRequest(
        paying_bank=_org(bank),
        package=parse_package(package) if package else "",
        on=parse_day(on) if on else 0,
    )
    with connect(node) as client:
        first, found = _gather(_pages(client, client.vouchers.ListClearing, request, "lines", limit))
    if as_json:
        totals = {"height": str(first.height), "total": str(first.total), "total_owed_fen": str(first.total_owed_fen)}
        print_json({"lines": [to_plain(line) for line in found], **totals})
        return
    headings = ("voucher 凭证", "due 到期", "owed 待付", "payees 收款人", "kept 留存", "remark 备注")
    print_table(headings, map(_clearing_row, found), right=(2, 4))
    owed = show_fen(first.total_owed_fen)
    print_lines([f"{len(found)} of {first.total}, together {owed}, as of height {first.height}"])


def _clearing_row(line: node_pb2.ClearingLine) -> tuple[str, ...]:
    payees = "; ".join(f"{payee.organisation} {show_fen(payee.amount_fen)}" for payee in line.payees)
    remarks = (
        "frozen 冻结" if line.frozen else "",
        enum_name(pb.FailReason, line.failure.reason) if line.HasField("failure") else "",
        "objected 异议" if line.HasField("objection") else "",
    )
    kept = show_fen(line.kept_fen) if line.kept_fen else ""
    owed, remark = show_fen(line.owed_fen), " ".join(filter(None, remarks))
    return (show_voucher(line.voucher), show_day(line.due_on), owed, payees, kept, remark)


def registration_text(
    voucher: options.VoucherArgument, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False
) -> None:
    """Write what a bank files in 中登网 for a range: type, parties, amount, description of the property."""
    request = node_pb2.GetRegistrationTextRequest(voucher=parse_voucher(voucher))
    with connect(node) as client:
        answer = client.ask(client.vouchers.GetRegistrationText, request)
    if as_json:
        print_json(to_plain(answer))
    else:
        print_lines([f"type 登记类型: {answer.type}", *answer.text.splitlines()])


def _org(text: str | None) -> str:
    return parse_organisation(text) if text else ""


def _enum(text: str | None, names: Iterable[str]) -> str | None:
    if text is None:
        return None
    name = text.upper().replace("-", "_")
    known = {name.removeprefix("PACKAGE_"): name for name in names if not name.endswith("UNSPECIFIED")}
    if name not in known:
        raise BadValue(f"“{text}” is none of {', '.join(known).lower().replace('_', '-')}")
    return known[name]


def _pages(client: "Client", method: Any, request: Any, field: str, limit: int) -> Iterator[tuple[Any, list[Any]]]:
    """Each page and what of it is wanted, until there are enough."""
    left = limit or None
    while True:
        request.page_size = PAGE_SIZE if left is None else min(left, PAGE_SIZE)
        page = client.ask(method, request)
        views = list(getattr(page, field))
        yield page, views
        left = None if left is None else left - len(views)
        if not page.next_cursor or not views or (left is not None and left <= 0):
            return
        request.cursor = page.next_cursor


def _gather(pages: Iterator[tuple[Any, list[Any]]]) -> tuple[Any, list[Any]]:
    first, found = next(pages)
    for _, views in pages:
        found.extend(views)
    return first, found


def _totals(page: Any) -> dict[str, str]:
    return {"height": str(page.height), "total": str(page.total), "total_fen": str(page.total_fen)}


def _show_totals(page: Any, shown: int) -> None:
    print_lines([f"{shown} of {page.total}, together {show_fen(page.total_fen)}, as of height {page.height}"])


def add_to(group: typer.Typer) -> None:
    """Hang the commands into `hefu voucher`."""
    commands: tuple[tuple[str, Callable[..., None], str], ...] = (
        ("show", show, f"Examples: hefu voucher show {PACKAGE}; hefu voucher show {RANGE} --json"),
        ("list", list_vouchers, "Example: hefu voucher list --holder 91350100M000100Y43 --due-to 2026-06-30"),
        ("packages", list_packages, "Example: hefu voucher packages --issuer 91350100M000100Y43 --stage pending"),
        ("clearing", clearing, "Example: hefu voucher clearing --bank 91350100M000100Y43 --on 2026-06-30"),
        ("registration-text", registration_text, f"Example: hefu voucher registration-text {RANGE}"),
        ("trace", trace, f"Examples: hefu voucher trace {RANGE}; hefu voucher trace {PACKAGE}"),
    )
    for name, command, example in commands:
        group.command(name, epilog=example)(command)
