"""Lines, a basket and a trade by the command line, on a node that runs."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.genesis_file import make_uscc
from tests.integration.test_cli_life import World, started

CORE, SUPPLIER, BANK, TIER_TWO = (make_uscc(number) for number in (11, 12, 13, 14))
LINE = f"{BANK}.L-1"
SOON, LATER = ((datetime.now(UTC) + timedelta(days=days)).date().isoformat() for days in (30, 60))
FACE = "500.00"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lines")
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", "--json"])
    assert made.exit_code == 0, made.output
    (folder / "trade.txt").write_text("order, invoice and delivery")
    with started(folder / "data") as node:
        world = World(folder, node)
        for organisation, name, role in (
            (CORE, "core", "core-enterprise"), (SUPPLIER, "sup", "supplier"), (BANK, "bank", "bank"),
            (TIER_TWO, "two", "supplier"),
        ):  # fmt: skip
            world.admit(organisation, name, role)
        world.run("line", "grant", "G-1", "--to", CORE, "--purpose", "issuing", "--limit", "10000.00",
                  "--last-on", LATER, *world.both("bank"))  # fmt: skip
        world.run("line", "grant", "L-1", "--to", CORE, "--purpose", "issuing", "--limit", "1500.00",
                  "--last-on", LATER, "--revolving", "--group", f"{BANK}.G-1", *world.both("bank"))  # fmt: skip
        yield world


def issue(world: World, number: str, code: int = 0) -> str:
    """Issued under the line and accepted; the whole range."""
    use = number.encode().hex().ljust(64, "0")
    world.run("voucher", "issue", number, "--to", SUPPLIER, "--amount", FACE, "--due-on", SOON, "--paying-bank", BANK,
              "--invoice", f"{use}:{FACE}:{FACE}", "--contract", world.file("trade.txt"), "--line", LINE,
              *world.both("core"), code=code)  # fmt: skip
    if not code:
        world.run("voucher", "accept", f"{CORE}.{number}", "--fingerprint", use, *world.both("sup"))
    return f"{CORE}.{number}/1-50000"


def holder_of(world: World, ref: str) -> str:
    return str(world.ask("voucher", "show", ref)["state"]["holder"])


def test_a_line_is_used_shown_changed_and_used_up(world):
    issue(world, "A-1")
    line = world.ask("line", "show", LINE)
    assert (line["line"]["used_fen"], line["line"]["reserved_fen"], line["free_fen"]) == ("50000", "0", "100000")
    assert world.ask("line", "show", f"{BANK}.G-1")["line"]["used_fen"] == "50000"
    world.run("line", "change", LINE, "--limit", "700.00", *world.both("bank"))
    issue(world, "A-2", code=1)
    world.run("line", "change", LINE, "--limit", "2000.00", *world.both("bank"))
    assert "2,000.00" in world.run("line", "show", LINE).stdout
    found = world.ask("line", "list", "--grantor", BANK)["lines"]
    assert [view["id"] for view in found] == [f"{BANK}.G-1", LINE]


def test_a_basket_is_refused_and_then_accepted(world):
    first, second = issue(world, "B-1"), issue(world, "B-2")
    piece = f"{CORE}.B-2/1-20000"
    trade = world.file("trade.txt")
    world.run("voucher", "basket", "transfer", first, f"{second}:200.00", "--to", TIER_TWO, "--trade", trade,
              *world.both("sup"))  # fmt: skip
    refused = world.run("voucher", "basket", "accept", first, second, *world.both("two"), code=1)
    assert "NO_SUCH_VOUCHER" in refused.stderr
    world.run("voucher", "basket", "refuse", first, piece, *world.both("two"))
    assert holder_of(world, piece) == SUPPLIER
    world.run("voucher", "basket", "transfer", piece, first, "--to", TIER_TWO, "--trade", trade, *world.both("sup"))
    world.run("voucher", "basket", "withdraw", first, piece, *world.both("sup"))
    world.run("voucher", "basket", "transfer", piece, first, "--to", TIER_TWO, "--trade", trade, *world.both("sup"))
    world.run("voucher", "basket", "accept", piece, first, *world.both("two"))
    assert holder_of(world, first) == holder_of(world, piece) == TIER_TWO


def test_a_trade_is_confirmed_by_both_sides(world):
    ref, trade = issue(world, "C-1"), world.file("trade.txt")
    offer = ("voucher", "trade", "offer", ref, "--seller", TIER_TWO, "--trade", trade, *world.both("sup"))
    world.run(*offer)
    world.run("voucher", "trade", "refuse", ref, *world.both("two"))
    world.run(*offer)
    world.run("voucher", "trade", "confirm", ref, "--trade", trade, *world.both("two"))
    again = world.run("voucher", "trade", "confirm", ref, "--trade", trade, *world.both("two"), code=1)
    assert "TRADE_CONFIRMED" in again.stderr
    world.run("voucher", "trade", "confirm", ref, "--trade", trade, *world.both("sup"))
    assert holder_of(world, ref) == TIER_TWO
