"""Reports as tables: what it is about, then the list; the same on a terminal, in a CSV and in a workbook."""

from collections.abc import Iterator, Sequence
from typing import Any

from hefu.v1 import receivables_pb2 as pb
from nodes.cli.output import enum_name
from nodes.cli.values import show_day, show_ms, show_voucher
from nodes.reports.reading import Report
from nodes.reports.sums import Difference
from nodes.sheets.writing import Fen, Table, Value

AMOUNTS = "_fen"
QUANTITIES = {
    "packages": "packages accepted 已签收", "face_fen": "face 面额", "unpaid_fen": "unpaid 未付",
    "claims": "claims 质权", "secured_fen": "secured 担保金额", "calendar": "unpaid, by due day 按到期日未付",
}  # fmt: skip
LISTS = {"issuer": "packages", "lender": "claims"}


def build_about(report: Report, network: str) -> Table:
    """What the report is about, what was proved, and whether the list sums to it."""
    proven, position = report.proven, report.position
    rows: list[tuple[str, Value]] = [
        ("report 报表", report.side.name), ("organisation 机构", report.organisation), ("network 网络", network),
        ("as of 截至", show_ms(position.time_ms)), ("height 高度", str(position.height)),
    ]  # fmt: skip
    if proven.proof is None:
        rows.append(("proof 证明", "none: nothing had changed by then, says the node 节点称截至当日无变动"))
    else:
        rows += [
            ("proved as of 证明时点", show_ms(proven.time_ms)), ("proved at height 证明高度", str(proven.height)),
            ("state root 状态根", proven.state_root.hex()), ("log size 日志长度", str(proven.size)),
            ("assurance 保证", proven.assurance),
        ]  # fmt: skip
    rows += list(_list_totals(report.proven.totals))
    rows.append(("the list sums to it 清单合计", "no 不符" if report.differences else "yes 相符"))
    rows += [(f"differs 差异: {show_quantity(found)}", show_difference(found)) for found in report.differences]
    return Table("report", ("about 项目", "value 内容"), rows)


def _list_totals(totals: Any) -> Iterator[tuple[str, Value]]:
    for name in ("packages", "face_fen", "unpaid_fen", "claims", "secured_fen"):
        if name in totals.DESCRIPTOR.fields_by_name:
            value = getattr(totals, name)
            yield QUANTITIES[name], Fen(value) if name.endswith(AMOUNTS) else value


def show_quantity(found: Difference) -> str:
    """What differs, in words."""
    return QUANTITIES[found.name] + (f" {show_day(found.due_on)}" if found.due_on else "")


def show_difference(found: Difference) -> str:
    """Both values, the list's first."""
    return f"list 清单 {_show(found, found.listed)}, proof 证明 {_show(found, found.proven)}"


def _show(found: Difference, value: int) -> str:
    is_amount = found.name.endswith(AMOUNTS) or found.name == "calendar"
    return f"{value // 100}.{value % 100:02d}" if is_amount else str(value)


def build_list(report: Report) -> Table:
    """The list itself."""
    return _build_issued(report.rows) if report.side.name == "issuer" else _build_claims(report.rows)


def _build_issued(rows: Sequence[Any]) -> Table:
    headings = (
        "package 凭证包", "payee 收款人", "stage 阶段", "face 面额", "unpaid 未付", "due 到期日", "paying bank 付款行",
        "taken from 承继自", "taken by 承继人",
    )  # fmt: skip
    shown = [
        (
            one.id, one.payee, enum_name(pb.PackageStage, one.stage), Fen(one.face_fen), Fen(one.owed_fen),
            show_day(one.due_on), one.paying_bank, one.taken_from, one.taken_by,
        )
        for one in rows
    ]  # fmt: skip
    return Table("packages", headings, shown, numbers=(3, 4))


def _build_claims(rows: Sequence[Any]) -> Table:
    headings = (
        "voucher 凭证", "secured 担保金额", "issuer 开立人", "due 到期日", "registration 登记号", "paid out 放款日",
    )  # fmt: skip
    shown = [
        (
            show_voucher(one.voucher), Fen(one.claim.secured_fen), one.issuer, show_day(one.due_on),
            one.claim.registration_number, show_day(one.claim.value_on),
        )
        for one in rows
    ]  # fmt: skip
    return Table("claims", headings, shown, numbers=(1,))


def build_overview(reports: Sequence[tuple[str, Report]]) -> Table:
    """One line for each organisation and side; the sum of each side at the end."""
    headings = (
        "organisation 机构", "name 名称", "side 方", "count 笔数", "amount 金额", "unpaid 未付", "height 高度",
        "proved at 证明高度", "state root 状态根", "sums 合计",
    )  # fmt: skip
    rows = [_build_overview_row(name, report) for name, report in reports]
    for side, what in LISTS.items():
        of_side = [report for _, report in reports if report.side.name == side]
        count, amount, unpaid = (sum(part) for part in zip(*map(_list_amounts, of_side), strict=True)) if of_side else (
            0, 0, 0,
        )  # fmt: skip
        rows.append((f"Σ {what}", "", side, count, Fen(amount), Fen(unpaid), "", "", "", ""))
    return Table("overview", headings, rows, numbers=(3, 4, 5))


def _build_overview_row(name: str, report: Report) -> tuple[Value, ...]:
    count, amount, unpaid = _list_amounts(report)
    proven = report.proven
    return (
        report.organisation, name, report.side.name, count, Fen(amount), Fen(unpaid), str(report.position.height),
        str(proven.height) if proven.proof is not None else "", proven.state_root.hex(),
        "no 不符" if report.differences else "yes 相符",
    )  # fmt: skip


def _list_amounts(report: Report) -> tuple[int, int, int]:
    listed = report.listed
    if report.side.name == "issuer":
        return listed.packages, listed.face_fen, listed.unpaid_fen
    return listed.claims, listed.secured_fen, 0
