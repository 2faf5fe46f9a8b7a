"""`hefu gov`: show, list, electorate, validators, authorities, record; a voter's vote. What is proposed: propose."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hefu.v1 import governance_pb2, node_pb2
from hefu.v1 import identity_pb2 as pb
from ledger.finality import compute_address
from ledger.state_keys import VALIDATORS_KEY
from nodes.cli import options
from nodes.cli.changes import compute_change_digest, describe_change, read_record
from nodes.cli.failures import one_line
from nodes.cli.output import describe, enum_name, print_json, print_lines, print_table, show_ppm, to_plain
from nodes.cli.reading import Limit, _gather, _org, _pages
from nodes.cli.records import describe_body, plain_body
from nodes.cli.session import Session, connect
from nodes.cli.streams import complain, is_terminal
from nodes.cli.values import BadValue, parse_hex, show_ms
from nodes.cli.writing import writes
from nodes.client.builder import Draft

if TYPE_CHECKING:
    from nodes.client.blocking import Client

app = typer.Typer(no_args_is_help=True, help="Governance 治理: propose, vote, show; electorate, validators, records.")
PROPOSAL = "91350100M000100Y43.2026-7"

Proposal = Annotated[str, typer.Argument(metavar="PROPOSAL", help="ORG.NUMBER, of the proposer.")]


class Status(StrEnum):
    """How a proposal stands."""

    OPEN = "open"
    PASSED = "passed"
    REJECTED = "rejected"
    EXPIRED = "expired"


@app.command(
    "vote",
    epilog=f"Examples: hefu gov vote {PROPOSAL} --yes --key maker.json --key checker.json (shows it and asks); "
    f"hefu gov vote {PROPOSAL} --no --change 5ff6… --key maker.json --key checker.json",
)
@writes
def vote(
    session: Session,
    proposal: Proposal,
    yes: Annotated[bool, typer.Option("--yes/--no", help="Yes 赞成, or no 反对.")],
    change: Annotated[
        str | None,
        typer.Option("--change", metavar="DIGEST", help="What you have read, by `hefu gov show`. Else you are asked."),
    ] = None,
) -> Draft:
    """Vote 表决 on a proposal, once. What is signed names the change that was shown, and no other."""
    view = _get_proposal(session.client, proposal)
    digest = compute_change_digest(view.change)
    if change is None:
        _ask(session.client, view, yes)
    elif parse_hex(change, 32, "digest of a change") != digest:
        raise BadValue("the node shows another change than the one you have read; nothing was signed")
    ballot = pb.BALLOT_YES if yes else pb.BALLOT_NO
    return session.draft(pb.Vote(proposal=view.id, ballot=ballot, change_digest=digest))


@app.command("show", epilog=f"Example: hefu gov show {PROPOSAL}")
def show(proposal: Proposal, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show a proposal 提案: what it changes, and how the votes stand."""
    with connect(node) as client:
        view = _get_proposal(client, proposal)
        lines = [] if as_json else list(_describe_proposal(client, view))
    if as_json:
        print_json({**to_plain(view), "change_digest": compute_change_digest(view.change).hex()})
    else:
        print_lines(lines)


@app.command("list", epilog="Examples: hefu gov list --status open; hefu gov list --proposer 91350100M000100Y43")
def list_proposals(
    status: Annotated[Status | None, typer.Option("--status", help="Only those that stand so.")] = None,
    proposer: Annotated[str | None, typer.Option(metavar="ORG")] = None,
    limit: Limit = 100,
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """List proposals 提案 by status and proposer."""
    wanted = None if status is None else f"PROPOSAL_{status.name}"
    request = governance_pb2.ListProposalsRequest(status=wanted, proposer=_org(proposer))
    with connect(node) as client:
        _, found = _gather(_pages(client, client.governance.ListProposals, request, "proposals", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    headings = ("proposal 提案", "status 状态", "change 变更", "yes 赞成", "no 反对", "needs 需", "until 截至")
    print_table(headings, (_proposal_row(view) for view in found), right=(3, 4, 5))


@app.command("electorate", epilog="Example: hefu gov electorate")
def electorate(node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """Show who votes 表决成员, and the rulebook of members."""
    with connect(node) as client:
        view = client.ask(client.governance.GetElectorate, governance_pb2.GetElectorateRequest())
    if as_json:
        print_json(to_plain(view))
        return
    if view.HasField("electorate"):
        needed = f"{view.electorate.threshold} of {len(view.electorate.voters)}"
        print_lines([f"votes that pass 通过票数: {needed}", *(f"  {voter}" for voter in view.electorate.voters)])
    else:
        print_lines(["Nobody votes: the genesis of this network names no electorate. 无表决成员。"])
    print_lines(["rules 规则:", *describe(view.rules, "  ")])


@app.command("validators", epilog="Example: hefu gov validators")
def validators(node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """List who votes on blocks 验证节点, and with what power."""
    with connect(node) as client:
        view = client.ask(client.ledger.GetRecord, node_pb2.GetRecordRequest(key=VALIDATORS_KEY))
    found = pb.ValidatorSet.FromString(view.record.body)
    if as_json:
        print_json(to_plain(found))
    elif not view.exists:
        print_lines(["This network has no validators: a single node makes its blocks. 无验证节点。"])
    else:
        total = sum(one.power for one in found.validators)
        print_table(
            ("public key 公钥", "address 地址", "name 名称", "organisation 机构", "power 权重", "share 占比"),
            (_validator_row(one, total) for one in found.validators),
            right=(4, 5),
        )


def _validator_row(one: pb.Validator, total: int) -> Sequence[str]:
    """With the address under which evidence names it."""
    address, share = compute_address(one.public_key).hex(), show_ppm(one.power * 10**6 // total)
    return one.public_key.hex(), address, one.name, one.organisation, str(one.power), share


@app.command("authorities", epilog="Example: hefu gov authorities")
def authorities(limit: Limit = 0, node: options.Node = options.DEFAULT_NODE, as_json: options.Json = False) -> None:
    """List certificate authorities 证书颁发机构, trusted or no longer."""
    request = governance_pb2.ListAuthoritiesRequest()
    with connect(node) as client:
        _, found = _gather(_pages(client, client.governance.ListAuthorities, request, "authorities", limit))
    if as_json:
        print_json([to_plain(view) for view in found])
        return
    headings = ("fingerprint 指纹", "name 名称", "status 状态", "operator 运营方", "list until 吊销列表有效至")
    print_table(headings, (_authority_row(view) for view in found))


@app.command("record", epilog="Examples: hefu gov record rules/vouchers; hefu gov record limits --json")
def record(
    key: Annotated[str, typer.Argument(metavar="KEY", help="rules/vouchers, rules/calendar, rules/identity, limits …")],
    node: options.Node = options.DEFAULT_NODE,
    as_json: options.Json = False,
) -> None:
    """Show a record of the rulebook 规则记录: what is in force, and what is to follow."""
    with connect(node) as client:
        found = read_record(client, key)
    if as_json:
        plain: dict[str, Any] = {"key": key, "record": plain_body(key, found.body)}
        if found.next_body is not None:
            plain |= {"next": plain_body(key, found.next_body), "next_at_ms": str(found.next_at_ms)}
        print_json(plain)
        return
    print_lines(describe_body(key, found.body))
    if found.next_body is not None:
        print_lines([f"from {show_ms(found.next_at_ms)} on 届时变更为:", *describe_body(key, found.next_body)])


def _get_proposal(client: "Client", proposal: str) -> governance_pb2.ProposalView:
    """A proposal as the node shows it, with the change that its digest names. BadValue where the two differ."""
    view = client.ask(client.governance.GetProposal, governance_pb2.GetProposalRequest(id=proposal))
    if view.id != proposal or compute_change_digest(view.change) != view.proposal.change_digest:
        raise BadValue("the node shows a change that is not the proposal's own; ask another node")
    return view


def _ask(client: "Client", view: governance_pb2.ProposalView, yes: bool) -> None:
    """Show the change to whoever votes, and let them think again. typer.Abort where they do."""
    if not is_terminal():
        raise BadValue(f"say what you have read: --change DIGEST, from `hefu gov show {one_line(view.id)}`")
    complain("".join(f"{line}\n" for line in _describe_proposal(client, view)))
    typer.confirm(f"Vote {'YES 赞成' if yes else 'NO 反对'}?", abort=True, err=True)


def _describe_proposal(client: "Client", view: governance_pb2.ProposalView) -> Iterator[str]:
    found = view.proposal
    yield f"proposal 提案 {one_line(view.id)}: {_status_name(found.status)}"
    yield f"  opened 提出 {show_ms(found.opened_at_ms)}, open until 截至 {show_ms(found.expires_at_ms)}"
    if found.closed_at_ms:
        yield f"  decided 决定 {show_ms(found.closed_at_ms)}"
    yield f"  yes 赞成 {len(found.yes)}, no 反对 {len(found.no)}; {found.threshold} of {len(found.voters)} pass it"
    for voter in found.voters:
        said = "yes 赞成" if voter in found.yes else "no 反对" if voter in found.no else ""
        yield f"    {voter}  {said}".rstrip()
    yield from describe_change(client, view.change)
    yield f"digest 摘要 {compute_change_digest(view.change).hex()}"


def _proposal_row(view: governance_pb2.ProposalView) -> tuple[str, ...]:
    found = view.proposal
    change = view.change.WhichOneof("change") or ""
    if change == "record":
        change = view.change.record.key
    votes = (str(len(found.yes)), str(len(found.no)), f"{found.threshold}/{len(found.voters)}")
    return (view.id, _status_name(found.status), change, *votes, show_ms(found.expires_at_ms))


def _authority_row(view: governance_pb2.AuthorityView) -> tuple[str, ...]:
    found = view.authority
    status = f"distrusted 不再信任 {show_ms(found.distrusted_at_ms)}" if found.distrusted_at_ms else "trusted 信任"
    until = show_ms(view.list.next_update_ms) if view.HasField("list") else ""
    if found.lists_required and not until:
        until = "none, and one is needed 未录入"
    return (view.fingerprint.hex(), found.name, status, found.operator, until)


def _status_name(status: int) -> str:
    return enum_name(pb.ProposalStatus, status).removeprefix("PROPOSAL_")
