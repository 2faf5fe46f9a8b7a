"""What the command line reads of clearing, receivables, filings and alerts, from a node that runs."""

import json
from datetime import date, timedelta

import pytest

from hefu.v1 import node_pb2, pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from nodes.client.blocking import Client
from nodes.genesis_file import make_uscc
from tests.integration.test_cli_life import World, started
from tests.support.running import BANK, CORE, NOW_MS, SUPPLIER, TODAY, Network, init

STRANGER = make_uscc(99)
COMMITMENT = b"c" * 32
PLEDGED = pb.VoucherRef(package=f"{CORE}.N1", start=1, end=100_000)
SOLD = pb.VoucherRef(package=f"{CORE}.N2", start=1, end=100_000)
FACE_FEN = 100_000
ISSUED = 5  # of as many positions shares begin to say something
DUE, YEAR = TODAY + 60, 365
WEEKDAY = (DUE + 3) % 7  # Monday is 0; day 0 was a Thursday
ROLLED = DUE if WEEKDAY < 5 else DUE + 7 - WEEKDAY


def show_day(day):
    return (date(1970, 1, 1) + timedelta(day)).isoformat()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder, network = tmp_path_factory.mktemp("reading"), Network()
    with started(init(folder / "data", network, processes=1)) as address, Client(address) as client:
        for number in range(1, ISSUED + 1):
            client.submit(network.issue(number, FACE_FEN))
            client.submit(network.accept(number))
        finance(network, client, PLEDGED, pb.PLEDGE, 90_000)
        finance(network, client, SOLD, pb.SALE_WITHOUT_RECOURSE, 0, is_paid_out=False)
        ask_for_confirmation(network, client)
        yield World(folder, address)


def finance(network, client, ref, form, secured_fen, is_paid_out=True):
    """The range is financed by the bank, or its registration still waits to be paid out."""
    until_ms, registration = NOW_MS + 3_600_000, f"{ref.package[-1]:0>20}"
    asked = pb.RequestFinancing(
        voucher=ref, amount_fen=FACE_FEN, bank=BANK, form=form, secured_fen=secured_fen, answer_by_ms=until_ms,
        terms_commitment=COMMITMENT,
    )  # fmt: skip
    client.submit(network.sign(SUPPLIER, asked, network.supplier[0]))
    take = pb.TakeFinancing(voucher=ref, terms_commitment=COMMITMENT, register_by_ms=until_ms)
    client.submit(network.sign(BANK, take, *network.bank))
    register = pb.RegisterFinancing(voucher=ref, registration_number=registration, pay_by_ms=until_ms)
    register.filed_at_ms = client.status().now_ms
    client.submit(network.sign(BANK, register, *network.bank))
    if is_paid_out:
        pay_out = pb.PayOut(voucher=ref, payment_commitment=COMMITMENT, value_on=TODAY)
        client.submit(network.sign(BANK, pay_out, *network.bank))


def ask_for_confirmation(network, client):
    """Four debts of the core enterprise: one waits, one is confirmed, one contested, one withdrawn."""
    for number in range(1, 5):
        fingerprint = (100 + number).to_bytes(32, "big")
        use = pledges_pb2.InvoiceUse(fingerprint=fingerprint, amount_fen=FACE_FEN, occupied_fen=FACE_FEN)
        asked = pb.AskConfirmation(
            number=f"R-{number}", debtor=CORE, amount_fen=FACE_FEN, due_on=DUE, delivered_on=TODAY - 1, invoices=[use],
            delivery_commitment=COMMITMENT,
        )  # fmt: skip
        client.submit(network.sign(SUPPLIER, asked, network.supplier[0]))
    confirm = pb.ConfirmReceivable(
        receivable=f"{SUPPLIER}.R-2", fingerprints=[(102).to_bytes(32, "big")], number="C-2", paying_bank=BANK
    )
    client.submit(network.sign(CORE, confirm, *network.core))
    contest = pb.ContestReceivable(receivable=f"{SUPPLIER}.R-3", objection=COMMITMENT)
    client.submit(network.sign(CORE, contest, *network.core))
    withdraw = pb.WithdrawConfirmation(receivable=f"{SUPPLIER}.R-4")
    client.submit(network.sign(SUPPLIER, withdraw, network.supplier[0]))


def show(ref):
    return f"{ref.package}/{ref.start}-{ref.end}"


# ---------------------------------------------------------------- the clearing list


def test_a_banks_clearing_list_names_payees_and_sums_up(world):
    day = ("--bank", BANK, "--on", show_day(ROLLED))
    found = world.ask("voucher", "clearing", *day)
    packages = [line["voucher"]["package"] for line in found["lines"]]
    assert packages == [f"{CORE}.C-2", *(f"{CORE}.N{number}" for number in range(1, ISSUED + 1))]
    assert (found["total"], found["total_owed_fen"]) == ("6", "600000")
    pledged = found["lines"][1]
    paid = {payee["organisation"]: payee["amount_fen"] for payee in pledged["payees"]}
    assert paid == {BANK: "90000", SUPPLIER: "10000"}
    assert (pledged["debtor"], pledged["due_on"], pledged["frozen"]) == (CORE, ROLLED, False)
    shown = world.run("voucher", "clearing", *day).stdout
    (line,) = (line for line in shown.splitlines() if show(PLEDGED) in line)
    payees = [BANK, "900.00;", SUPPLIER, "100.00"]
    assert line.split() == [show(PLEDGED), show_day(ROLLED), "1,000.00", *payees]
    assert f"6 of 6, together 6,000.00, as of height {found['height']}" in shown


def test_a_clearing_list_of_a_package_needs_no_day(world):
    (line,) = world.ask("voucher", "clearing", "--package", PLEDGED.package)["lines"]
    assert line["owed_fen"] == "100000"
    limited = world.run("voucher", "clearing", "--bank", BANK, "--on", show_day(ROLLED), "--limit", "2").stdout
    assert "2 of 6, together 6,000.00" in limited


@pytest.mark.parametrize(
    "filters",
    [
        ("--package", f"{CORE}.NONE"),
        ("--bank", STRANGER, "--on", show_day(ROLLED)),
        ("--bank", BANK, "--on", show_day(ROLLED + 1)),
    ],
)
def test_a_clearing_list_of_what_there_is_not_is_empty(world, filters):
    found = world.ask("voucher", "clearing", *filters)
    assert (found["lines"], found["total"], found["total_owed_fen"]) == ([], "0", "0")


# ---------------------------------------------------------------- receivables


def list_numbers(found):
    return [view["id"].removeprefix(f"{SUPPLIER}.") for view in found["receivables"]]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("asked", ["R-1"]), ("confirmed", ["R-2"]), ("contested", ["R-3"]), ("withdrawn", ["R-4"]), ("unanswered", []),
    ],
)  # fmt: skip
def test_receivables_are_listed_by_stage(world, stage, expected):
    assert list_numbers(world.ask("receivable", "list", "--debtor", CORE, "--stage", stage)) == expected


def test_receivables_are_listed_by_party_and_shown_as_a_table(world):
    everything = ["R-1", "R-2", "R-3", "R-4"]
    assert list_numbers(world.ask("receivable", "list")) == everything
    assert list_numbers(world.ask("receivable", "list", "--creditor", SUPPLIER, "--limit", "3")) == everything[:3]
    assert list_numbers(world.ask("receivable", "list", "--creditor", STRANGER)) == []
    shown = world.run("receivable", "list", "--creditor", SUPPLIER).stdout
    (line,) = (line for line in shown.splitlines() if f"{SUPPLIER}.R-2" in line)
    assert line.split() == [f"{SUPPLIER}.R-2", "1,000.00", CORE, show_day(DUE), "CONFIRMED", f"{CORE}.C-2"]
    assert "4 as of height" in shown


# ---------------------------------------------------------------- what a bank files


def test_a_pledge_and_a_sale_are_written_as_a_bank_files_them(world):
    pledged = world.run("voucher", "registration-text", show(PLEDGED)).stdout.splitlines()
    assert pledged[0] == "type 登记类型: A00100"
    assert f"出质人: 某供应商 ({SUPPLIER})" in pledged
    assert f"质权人: 某银行 ({BANK})" in pledged
    assert f"债务人: 某核心企业 ({CORE})" in pledged
    assert "担保金额: 900.00元" in pledged
    sold = world.ask("voucher", "registration-text", show(SOLD))
    assert sold["type"] == "A00200"
    assert f"受让人: 某银行 ({BANK})\n" in sold["text"]
    assert "转让金额: 1000.00元\n" in sold["text"]


@pytest.mark.parametrize("name", [f"{CORE}.N3/1-100000", f"{CORE}.N1/1-99", f"{CORE}.NONE/1-1"])
def test_nothing_is_filed_for_what_nobody_finances(world, name):
    refused = world.run("voucher", "registration-text", name, code=1)
    assert refused.stdout == ""
    assert refused.stderr.startswith("not found 未找到")


# ---------------------------------------------------------------- alerts


def test_an_issuer_with_one_supplier_is_an_alert(world):
    period = ("--from", show_day(TODAY - 1), "--to", show_day(TODAY + 1))
    alerts = world.ask("alerts", *period)["alerts"]
    (of_issuer,) = (alert for alert in alerts if alert["organisations"] == [CORE, SUPPLIER])
    assert (of_issuer["kind"], of_issuer["count"], of_issuer["amount_fen"]) == ("CONCENTRATION", "6", "600000")
    assert of_issuer["share_ppm"] == "1000000"
    shown = world.run("alerts", *period, "--kind", "concentration", "--org", SUPPLIER).stdout
    (line,) = (line for line in shown.splitlines() if "CONCENTRATION" in line)
    assert line.split() == ["CONCENTRATION", CORE, "→", SUPPLIER, "6,000.00", "6"]
    assert "1 as of height" in shown
    assert world.ask("alerts", *period, "--kind", "circular-trade")["alerts"] == []
    assert world.ask("alerts", *period, "--org", STRANGER)["alerts"] == []


# ---------------------------------------------------------------- wrong usage


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("voucher", "clearing"), "paying_bank"),
        (("voucher", "clearing", "--bank", BANK), "on: "),
        (("voucher", "clearing", "--bank", "me", "--on", "2026-06-30"), "is no organisation id"),
        (("voucher", "clearing", "--bank", BANK, "--on", "tomorrow"), "is no day"),
        (("voucher", "clearing", "--package", "N1"), "is no package"),
        (("voucher", "clearing", "--limit", "-1"), "--limit"),
        (("voucher", "registration-text"), "VOUCHER"),
        (("voucher", "registration-text", PLEDGED.package), "is no voucher"),
        (("receivable", "list", "--stage", "lost"), "lost"),
        (("receivable", "list", "--creditor", "me"), "is no organisation id"),
        (("receivable", "list", "--debtor", "me"), "is no organisation id"),
        (("alerts", "--from", "2026-01-01"), "--to"),
        (("alerts", "--from", "2026-01-02", "--to", "2026-01-01"), "to_on"),
        (("alerts", "--from", show_day(TODAY), "--to", show_day(TODAY + 2 * YEAR)), "to_on"),
        (("alerts", "--from", "2026-01-01", "--to", "2026-01-01", "--kind", "theft"), "theft"),
        (("alerts", "--from", "2026-01-01", "--to", "2026-01-01", "--org", "me"), "is no organisation id"),
    ],
)
def test_wrong_usage_is_one_line(world, arguments, said):
    for form in ((), ("--json",)):
        refused = world.run(*arguments, *form, code=2)
        assert refused.stdout == ""
        (line,) = refused.stderr.splitlines()
        assert said in (json.loads(line)["english"] if form else line)


def test_no_alert_kind_is_left_out(world):
    """What the ledger knows of, the command line offers."""
    for name in node_pb2.AlertKind.keys()[1:]:
        word = name.lower().replace("_", "-")
        assert world.ask("alerts", "--from", "2026-01-01", "--to", "2026-01-01", "--kind", word)["alerts"] == []
