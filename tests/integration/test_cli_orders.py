"""Orders, marks and endings by the command line, on a node that `hefu node` made and runs."""

import pytest
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.genesis_file import make_uscc
from tests.integration.test_cli_life import DUE, World, started

CORE, SUPPLIER, BANK, COURT, ONE, OTHER, HEIR = (make_uscc(number) for number in range(31, 38))
ROLES = (
    (CORE, "core", "core-enterprise"), (SUPPLIER, "sup", "supplier"), (BANK, "bank", "bank"), (COURT, "court", "court"),
    (ONE, "one", "service-operator"), (OTHER, "other", "service-operator"), (HEIR, "heir", "supplier"),
)  # fmt: skip
COLUMNS = "kind,seller,code,number,amount,share"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("orders")
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", "--json"])
    assert made.exit_code == 0, made.output
    for name in ("order", "lifted", "evidence"):
        (folder / f"{name}.txt").write_text(name)
    with started(folder / "data") as node:
        found = World(folder, node)
        for organisation, name, role in ROLES:
            found.admit(organisation, name, role)
        found.run("keys", "members", found.file("members.key"))
        yield found


def write_invoice(world, name, number):
    """A CSV file with one invoice of 1000.00, all of it used."""
    path = world.folder / f"{name}.csv"
    path.write_text(f"{COLUMNS}\nfully-digital,{SUPPLIER},,{number:020d},1000.00,1000.00\n")
    return ("--invoices", str(path), "--members-key", world.file("members.key"))


def issue(world, number, invoice):
    """A voucher of 1000.00 that lives; its whole range."""
    invoices = write_invoice(world, number, invoice)
    world.run("voucher", "issue", number, "--to", SUPPLIER, "--amount", "1000.00", "--due-on", DUE, "--paying-bank",
              BANK, *invoices, "--contract", world.file("evidence.txt"), *world.both("core"))  # fmt: skip
    world.run("voucher", "accept", f"{CORE}.{number}", *invoices, *world.both("sup"))
    return f"{CORE}.{number}/1-100000"


def transfer(world, ref, code=0):
    trade = world.file("evidence.txt")
    return world.run("voucher", "transfer", ref, "--to", HEIR, "--trade", trade, *world.both("sup"), code=code)


def test_a_court_freezes_a_range_and_two_operators_lift_it(world):
    ref = issue(world, "F-1", 1)
    order, lifted = ("--order", world.file("order.txt")), ("--ending-order", world.file("lifted.txt"))
    world.run("voucher", "freeze", ref, *order, *world.both("court"))
    assert "VOUCHER_FROZEN" in transfer(world, ref, code=1).stderr
    assert "NOT_A_COURT" in world.run("voucher", "unfreeze", ref, *order, *lifted, *world.both("one"), code=1).stderr
    file = world.file("unfreeze.tx")
    world.run("voucher", "unfreeze", ref, *order, *lifted, "--with", OTHER, *world.both("one"), "--sign-only", file)
    world.run("tx", "sign", file, *world.both("other"))
    world.run("tx", "submit", file)
    transfer(world, ref)
    world.run("voucher", "withdraw", ref, *world.both("sup"))
    assert not world.ask("voucher", "show", ref)["state"]["freezes"]


def test_a_whole_package_is_frozen_at_once(world):
    ref = issue(world, "F-2", 2)
    package, order = f"{CORE}.F-2", ("--order", world.file("order.txt"))
    world.run("voucher", "freeze", package, *order, "--with", OTHER, *world.both("one"), *world.both("other"))
    assert "VOUCHER_FROZEN" in transfer(world, ref, code=1).stderr
    world.run("voucher", "unfreeze", package, *order, "--ending-order", world.file("lifted.txt"), *world.both("court"))
    transfer(world, ref)


def test_a_dispute_is_opened_and_resolved(world):
    ref, evidence = issue(world, "D-1", 3), ("--evidence", world.file("evidence.txt"))
    world.run("voucher", "dispute", ref, *evidence, *world.both("core"))
    assert world.ask("voucher", "show", ref)["state"]["dispute"]["opened_by"] == CORE
    assert "NOT_A_PARTY" in world.run("voucher", "resolve", ref, *evidence, *world.both("sup"), code=1).stderr
    world.run("voucher", "resolve", ref, *evidence, *world.both("core"))
    assert "dispute" not in world.ask("voucher", "show", ref)["state"]


def test_an_invoice_is_red_lettered_and_another_takes_its_place(world):
    ref, evidence = issue(world, "R-1", 4), ("--evidence", world.file("evidence.txt"))
    package = f"{CORE}.R-1"
    invoice = write_invoice(world, "R-1", 4)
    world.run("voucher", "red-letter", ref, *invoice, "--amount", "1000.00", *evidence, *world.both("core"))
    (told,) = world.ask("voucher", "show", package)["package"]["red_lettered"]
    _, new, *members = write_invoice(world, "R-2", 5)
    file = world.file("swap.tx")
    world.run("voucher", "substitute", package, "--fingerprint", told, "--replacements", new, *members, *evidence,
              *world.both("core"), "--sign-only", file)  # fmt: skip
    assert f"with the consent of {SUPPLIER}" in world.run("tx", "show", file).stdout
    world.run("tx", "sign", file, *world.both("sup"))
    world.run("tx", "submit", file)
    after = world.ask("voucher", "show", package)["package"]
    assert (after["red_lettered"], len(after["invoices"])) == ([], 1)
    assert after["invoices"][0]["fingerprint"] != told


def test_a_package_is_cancelled_by_agreement(world):
    ref = issue(world, "C-1", 6)
    package, agreement = f"{CORE}.C-1", ("--agreement", world.file("evidence.txt"))
    world.run("voucher", "cancel", "offer", package, *agreement, *world.both("core"))
    world.run("voucher", "cancel", "withdraw", package, *world.both("core"))
    assert "NO_CANCEL_OFFERED" in world.run("voucher", "cancel", "consent", ref, *world.both("sup"), code=1).stderr
    world.run("voucher", "cancel", "offer", package, *agreement, "--cancel-by", "2h", *world.both("core"))
    world.run("voucher", "cancel", "consent", ref, *world.both("sup"))
    assert world.ask("voucher", "show", package)["package"]["stage"] == "PACKAGE_CANCELLED"


def test_rights_and_debts_are_succeeded_and_merge(world):
    ref, order = issue(world, "S-1", 7), ("--order", world.file("order.txt"))
    package = f"{CORE}.S-1"
    assert "NOT_THE_ISSUER" in world.run("voucher", "merge", ref, *world.both("sup"), code=1).stderr
    world.run("voucher", "succeed", ref, "--predecessor", SUPPLIER, "--to", HEIR, *order, *world.both("court"))
    world.run("voucher", "succeed", package, "--to", HEIR, *order, *world.both("court"))
    assert world.ask("voucher", "show", package)["package"]["debtor"] == HEIR
    world.run("voucher", "merge", ref, *world.both("heir"))
    assert world.ask("voucher", "show", ref)["state"]["stage"] == "MERGED"


def test_a_package_is_accelerated(world):
    ref = issue(world, "X-1", 8)
    world.run("voucher", "accelerate", f"{CORE}.X-1", "--order", world.file("order.txt"), *world.both("court"))
    assert "PAST_CUT_OFF" in transfer(world, ref, code=1).stderr
    payment = ("--payment", world.file("evidence.txt"))
    world.run("voucher", "pay", f"{CORE}.X-1", *payment, *world.both("bank"))
    assert world.ask("voucher", "show", f"{CORE}.X-1")["package"]["stage"] == "SETTLED"
