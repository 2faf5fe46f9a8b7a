"""The inbox and mandates by the command line: maker, checkers, an agent, and what they refuse to sign."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nodes.cli import inbox
from nodes.cli.app import app
from nodes.genesis_file import make_uscc
from tests.integration.test_cli_life import World, started

CORE, SUPPLIER, BANK = (make_uscc(number) for number in (31, 32, 33))
DUE = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
ACCEPT_BY = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
LAST_DAY = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
NOBODYS = "00" * 32


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli-inbox")
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", "--json"])
    assert made.exit_code == 0, made.output
    (folder / "contract.txt").write_text("contract")
    with started(folder / "data") as node:
        world = World(folder, node)
        for organisation, name, role in (
            (CORE, "core", "core-enterprise"), (SUPPLIER, "sup", "supplier"), (BANK, "bank", "bank"),
        ):  # fmt: skip
            world.admit(organisation, name, role)
        yield world


def issue(world: World, number: str, *ends: str, amount: str = "1000.00", code: int = 0):
    """An issue, on an invoice of its own."""
    use = f"{int(number.partition('-')[2]):064x}:{amount}:{amount}"
    return world.run(
        "voucher", "issue", number, "--to", SUPPLIER, "--amount", amount, "--due-on", DUE, "--paying-bank", BANK,
        "--contract", world.file("contract.txt"), "--invoice", use, "--accept-by", ACCEPT_BY, "--valid-for", "2h",
        *ends, code=code,
    )  # fmt: skip


def left(world: World, number: str, *ends: str, amount: str = "1000.00") -> str:
    """The id of an issue that the maker has left in the inbox."""
    item = json.loads(issue(world, number, *ends, "--to-inbox", "--json", *maker(world), amount=amount).stdout)
    return str(item["id"])


def asked(world: World, number: str, amount: str = "1000.00") -> str:
    """The file of a checker's own request."""
    printed = issue(world, number, "--as", CORE, "--print-request", amount=amount).stdout
    file = Path(world.file(f"{number}-{amount}.request"))
    file.write_text(printed)
    return str(file)


def maker(world: World) -> list[str]:
    return world.keys("core-maker")


def checker(world: World) -> list[str]:
    return world.keys("core-checker")


def waiting(world: World) -> set[str]:
    return {item["id"] for item in world.ask("inbox", "list", "--state", "waiting", *checker(world))}


def states(result) -> list[str]:
    """How each item of a batch stands."""
    return [
        outcome["refusal"]["name"] if "refusal" in outcome else outcome["item"]["state"]
        for outcome in json.loads(result.stdout)
    ]


def test_a_maker_leaves_and_a_checker_approves(world):
    said = issue(world, "C-1", "--to-inbox", *maker(world)).stdout
    identity = said.split()[2].rstrip(",")
    assert f"{CORE} ROLE_MISSING (109)" in said
    assert identity in world.run("inbox", "list", *checker(world)).stdout
    shown = world.run("inbox", "show", identity, *checker(world)).stdout
    assert "ISSUE by" in shown
    assert "ROLE_MISSING" in shown
    approved = world.run("inbox", "approve", identity, *checker(world)).stdout
    assert "ISSUE by" in approved  # what is signed is shown
    assert f"{identity}  done 完成" in approved
    found = world.ask("inbox", "show", identity, *maker(world))
    assert (found["state"], found["receipt"]["has_leaf"]) == ("INBOX_DECIDED", True)
    assert "receipt 回执" in world.run("inbox", "show", identity, *maker(world)).stdout
    assert world.ask("tx", "get", identity)["receipt"]["height"] == found["receipt"]["height"]


def test_a_batch_is_approved_in_one_action(world):
    first, second, again = left(world, "C-2"), left(world, "C-3"), left(world, "C-2")
    arguments = ("inbox", "approve", first, NOBODYS, second, again, *checker(world))
    assert states(world.run(*arguments, "--json", code=1)) == [
        "INBOX_DECIDED", "INBOX_DECIDED", "INBOX_DECIDED", "NO_SUCH_ITEM",
    ]  # fmt: skip
    said = world.run(*arguments, code=1).stdout
    assert f"{again}  refused 拒绝" in said
    assert "PACKAGE_EXISTS" in said
    assert f"{NOBODYS}  refused 拒绝 805 NO_SUCH_ITEM" in said
    assert not {first, second, again} & waiting(world)


def test_a_checker_signs_its_own_request_alone(world):
    identity = left(world, "C-4")
    wrong, right = asked(world, "C-4", amount="1000.01"), asked(world, "C-4")
    for named in ([], [identity]):
        refused = world.run("inbox", "approve", *named, "--expect", wrong, *checker(world), code=2)
        assert refused.stderr.count("\n") == 1
        assert "not your request 与请求不符" in refused.stderr
        assert "nothing was signed" in refused.stderr
    assert identity in waiting(world)
    other = left(world, "C-5")
    both = world.run("inbox", "approve", identity, other, "--expect", right, *checker(world), code=2)
    assert "an item that was named equals none" in both.stderr
    assert states(world.run("inbox", "approve", "--expect", right, "--json", *checker(world))) == ["INBOX_DECIDED"]
    assert waiting(world) & {identity, other} == {other}
    again = world.run("inbox", "approve", "--expect", right, *checker(world), code=2)
    assert "nothing that waits equals" in again.stderr


def test_a_request_can_be_read(world):
    request = asked(world, "C-6")
    assert "request 请求, signed by nobody" in world.run("tx", "show", request).stdout
    assert world.ask("tx", "show", request)["commands"][0]["payload"]["number"] == "C-6"


def test_a_file_is_signed_only_if_it_is_what_was_asked_for(world):
    file = world.file("c7.tx")
    issue(world, "C-7", "--sign-only", file, *maker(world))
    before = Path(file).read_bytes()
    refused = world.run("tx", "sign", file, "--expect", asked(world, "C-7", amount="9.00"), *checker(world), code=2)
    assert "its payload is another" in refused.stderr
    assert Path(file).read_bytes() == before
    world.run("tx", "sign", file, "--expect", asked(world, "C-6"), "--expect", asked(world, "C-7"), *checker(world))
    world.run("tx", "submit", file)


def test_each_is_shown_and_asked_about(world, monkeypatch):
    monkeypatch.setattr(inbox, "is_terminal", lambda: True)
    wanted, other = sorted([left(world, "C-8"), left(world, "C-9")])
    order = [item["id"] for item in world.ask("inbox", "list", "--state", "waiting", *checker(world))]
    answers = "".join("y\n" if identity == wanted else "\n" for identity in order)
    arguments = ["inbox", "approve", *checker(world)]
    result = CliRunner().invoke(app, arguments, input=answers, env={"HEFU_NODE": world.node})
    assert result.exit_code == 0, result.output
    assert f"{wanted}  done 完成" in result.stdout
    assert waiting(world) >= {other}
    assert wanted not in waiting(world)
    refused = CliRunner().invoke(app, arguments, input="\n" * len(order), env={"HEFU_NODE": world.node})
    assert "nothing was signed" in refused.stdout
    assert refused.exit_code == 0


def test_only_what_can_be_furthered_is_asked_about(world, monkeypatch):
    """The maker is not asked about what it has signed, but about what only waits to be submitted."""
    monkeypatch.setattr(inbox, "is_terminal", lambda: True)
    complete = json.loads(issue(world, "C-21", "--to-inbox", "--json", *world.both("core")).stdout)
    assert complete["missing"] == []
    half = left(world, "C-22")
    for names, asked_about in ((("core-maker",), {complete["id"]}), (("core-checker",), {complete["id"], half})):
        arguments = ["inbox", "approve", *world.keys(*names)]
        result = CliRunner().invoke(app, arguments, input="\n" * 99, env={"HEFU_NODE": world.node})
        assert result.exit_code == 0, result.output
        assert {identity for identity in (complete["id"], half) if identity in result.stdout} == asked_about
    assert "done 完成" in world.run("inbox", "approve", complete["id"], *maker(world)).stdout


def test_what_is_sent_back_says_by_whom_and_why(world):
    identity = left(world, "C-10")
    said = world.run("inbox", "reject", identity, "--reason", "wrong\npayee", *checker(world)).stdout
    assert f"{identity}  rejected 已退回 by {CORE}: wrong payee" in said
    assert [item["id"] for item in world.ask("inbox", "list", "--state", "rejected", *maker(world))] == [identity]
    closed = world.run("inbox", "approve", identity, *checker(world), code=1).stdout
    assert "refused 拒绝 806 ITEM_CLOSED" in closed
    assert "rejected 已退回" in closed


def test_nobody_else_sees_it(world):
    identity = left(world, "C-11")
    refused = world.run("inbox", "show", identity, *world.keys("bank-maker"), code=1)
    assert "805 NO_SUCH_ITEM" in refused.stderr
    assert world.ask("inbox", "list", *world.keys("bank-maker")) == []


def test_wrong_usage_is_one_line(world):
    for arguments in (
        ("inbox", "approve", "x", *checker(world)),
        ("inbox", "approve", *checker(world)),  # nobody can be asked
        ("inbox", "approve", NOBODYS, *checker(world), *world.keys("bank-maker")),
        ("inbox", "approve", "--expect", world.file("contract.txt"), *checker(world)),
        ("inbox", "list", "--state", "lost", *checker(world)),
        ("inbox", "show", NOBODYS),
        ("mandate", "grant", BANK, "--command", "rob", "--until", LAST_DAY, *world.both("core")),
    ):
        assert len(world.run(*arguments, code=2).stderr.splitlines()) >= 1
    ends = ("--to-inbox", "--sign-only", world.file("never.tx"))
    assert "exclude each other" in issue(world, "C-12", *ends, *maker(world), code=2).stderr
    assert "another organisation" in issue(world, "C-12", "--for", CORE, *maker(world), code=2).stderr


# ---------------------------------------------------------------- mandates


def test_an_agent_acts_up_to_its_mandate_and_no_further(world):
    grant = ("mandate", "grant", BANK, "--command", "issue", "--command", "WITHDRAW_ISSUE", "--until", LAST_DAY)
    world.run(*grant, "--up-to", "2500.00", *world.both("core"))
    by_agent = ("--for", CORE, *world.both("bank"))
    issue(world, "M-101", *by_agent)
    file = world.file("m102.tx")
    issue(world, "M-102", "--sign-only", file, *by_agent)
    assert f"by {CORE}, for which {BANK} signs 代理" in world.run("tx", "show", file).stdout
    assert world.ask("tx", "show", file)["commands"][0]["agent"] == BANK
    world.run("tx", "submit", file)
    (mandate,) = world.ask("mandate", "list", "--principal", CORE)
    assert (mandate["agent"], mandate["mandate"]["used_fen"]) == (BANK, "200000")
    shown = world.run("mandate", "list", "--agent", BANK).stdout
    assert "2,000.00" in shown
    assert "ISSUE, WITHDRAW_ISSUE" in shown
    assert world.ask("voucher", "show", f"{CORE}.M-101")["package"]["issuer"] == CORE
    assert "117 MANDATE_EXCEEDED" in issue(world, "M-103", *by_agent, code=1).stderr
    world.run("voucher", "withdraw", f"{CORE}.M-102", *by_agent)
    split = ("voucher", "split", f"{CORE}.M-101/1-1000", "--first", "1.00", *by_agent)
    assert "116 MANDATE_KIND" in world.run(*split, code=1).stderr
    world.run("mandate", "end", CORE, BANK, *world.both("bank"))
    assert "115 MANDATE_ENDED" in issue(world, "M-104", *by_agent, code=1).stderr
    assert "184 NO_SUCH_MANDATE" in world.run("mandate", "end", CORE, BANK, *world.both("core"), code=1).stderr


def test_a_mandate_out_of_form_names_its_option(world):
    for options, name in (
        (("--command", "set-policy", "--until", LAST_DAY), "field kinds"),
        (("--command", "issue", "--until", "2020-01-01"), "field until_on"),
    ):
        refused = world.run("mandate", "grant", BANK, *options, *world.both("core"), code=1)
        assert f"181 MANDATE_INVALID (command 0, {name})" in refused.stderr
    assert "correct --until" in refused.stderr
    myself = world.run("mandate", "grant", CORE, "--command", "issue", "--until", LAST_DAY, *world.both("core"), code=1)
    assert "182 MANDATE_TO_ITSELF" in myself.stderr
