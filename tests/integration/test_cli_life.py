"""A voucher's life by the command line, on a node that `hefu node` made and runs; proofs checked by another process."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.signing import SigningKey
from typer.testing import CliRunner

from nodes.cli.app import app
from nodes.genesis_file import make_uscc

ROOT = Path(__file__).parents[2]
CORE, SUPPLIER, BANK, TIER_TWO = (make_uscc(number) for number in (11, 12, 13, 14))
PACKAGE = f"{CORE}.A-1"
WHOLE = f"{PACKAGE}/1-100000000"
PLEDGED, REST = f"{PACKAGE}/1-40000000", f"{PACKAGE}/40000001-100000000"
MOVED = f"{PACKAGE}/40000001-65000000"
DUE = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
TODAY = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
HEFU = [sys.executable, "-m", "nodes.cli"]


@contextmanager
def started(directory: Path) -> Iterator[str]:
    """The address of a node that runs as a process of its own, and is stopped by SIGTERM."""
    process = subprocess.Popen([*HEFU, "node", "start", str(directory)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = process.stdout.readline().split()[-1]
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        status = process.wait(30)
        process.stdout.close()
    assert status == 0


class World:
    """A folder with everybody's key files, and the node."""

    def __init__(self, folder: Path, node: str) -> None:
        self.folder = folder
        self.node = node

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def run(self, *arguments: str, code: int = 0):
        result = CliRunner().invoke(app, arguments, env={"HEFU_NODE": self.node})
        assert result.exit_code == code, (arguments, result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def ask(self, *arguments: str):
        return json.loads(self.run(*arguments, "--json").stdout)

    def keys(self, *names: str) -> list[str]:
        return [part for name in names for part in ("--key", self.file(f"{name}.json"))]

    def admit(self, organisation: str, name: str, role: str) -> None:
        registrations = []
        for who in ("maker", "checker"):
            key, registration = self.file(f"{name}-{who}.json"), self.file(f"{name}-{who}.reg")
            self.run("keys", "new", key, "--org", organisation, "--person", who, "--role", who,
                     "--registration", registration)  # fmt: skip
            registrations += ["--registration", registration]
        registrar = self.keys("data/keys/registrar-maker", "data/keys/registrar-checker")
        self.run("org", "admit", organisation, "--name", name, "--role", role, *registrations, *registrar)

    def both(self, name: str) -> list[str]:
        return self.keys(f"{name}-maker", f"{name}-checker")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", "--json"])
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(app, ["node", "init", str(folder / "data")]).exit_code == 2
    (folder / "contract.txt").write_text("contract")
    invoice = f"fully-digital,{SUPPLIER},,01234567890123456789,1000000.00,1000000.00"
    (folder / "invoices.csv").write_text(f"kind,seller,code,number,amount,share\n{invoice}\n")
    with started(folder / "data") as node:
        world = World(folder, node)
        for organisation, name, role in (
            (CORE, "core", "core-enterprise"), (SUPPLIER, "sup", "supplier"), (BANK, "bank", "bank"),
            (TIER_TWO, "two", "supplier"),
        ):  # fmt: skip
            world.admit(organisation, name, role)
        world.run("keys", "members", world.file("members.key"))
        live(world)
        yield world


def live(world: World) -> None:
    """Issue, accept, split, transfer, pledge, prepay."""
    invoices = ("--invoices", world.file("invoices.csv"), "--members-key", world.file("members.key"))
    contract = world.file("contract.txt")
    issue = world.file("issue.tx")
    world.run("voucher", "issue", "A-1", "--to", SUPPLIER, "--amount", "1000000.00", "--due-on", DUE,
              "--paying-bank", BANK, *invoices, "--contract", contract,
              *world.keys("core-maker"), "--sign-only", issue)  # fmt: skip
    refused = world.run("tx", "submit", issue, code=1)
    assert refused.stderr.count("ROLE_MISSING") == 2
    world.run("tx", "sign", issue, *world.keys("core-checker"))
    world.run("tx", "submit", issue)
    world.run("voucher", "accept", PACKAGE, *invoices, *world.both("sup"))
    world.run("voucher", "split", WHOLE, "--first", "400000.00", *world.both("sup"))
    world.run("voucher", "transfer", REST, "--amount", "250000.00", "--to", TIER_TWO, "--trade", contract,
              *world.both("sup"))  # fmt: skip
    world.run("voucher", "accept", MOVED, *world.both("two"))
    terms = world.file("terms.json")
    world.run("voucher", "finance", "quote", "--amount", "400000.00", "--rate", "2.62%", "--value-on", TODAY,
              "--due-on", DUE, "--out", terms)  # fmt: skip
    world.run(
        "voucher", "pledge", PLEDGED, "--to", BANK, "--terms", terms, "--secured", "380000.00", *world.both("sup")
    )
    world.run("voucher", "finance", "take", PLEDGED, "--terms", terms, *world.both("bank"))
    world.run("voucher", "finance", "register", PLEDGED, "--number", "0" * 20, *world.both("bank"))
    world.run("voucher", "finance", "pay-out", PLEDGED, "--payment", contract, "--value-on", TODAY, *world.both("bank"))


def test_a_second_pledge_is_refused_with_code_field_and_both_languages(world):
    arguments = ("voucher", "pledge", PLEDGED, "--to", BANK, "--terms", world.file("terms.json"), *world.both("sup"))
    refused = world.run(*arguments, code=1).stderr.splitlines()
    assert len(refused) == 2
    assert all("ASSET_CLAIMED" in line and "field voucher" in line for line in refused)
    plain = json.loads(world.run(*arguments, "--json", code=1).stderr)
    assert plain["name"] == "ASSET_CLAIMED"
    assert plain["field_name"] == "voucher"


def test_what_was_submitted_twice_happened_once(world):
    receipt = world.ask("tx", "submit", world.file("issue.tx"))
    assert receipt["is_duplicate"] is True
    assert receipt["events"][0]["kind"] == "ISSUE"
    shown = world.ask("tx", "get", receipt["id"])
    assert shown["receipt"]["index"] == receipt["index"]
    assert "ISSUE" in world.run("tx", "get", receipt["id"]).stdout


def test_ranges_are_shown_listed_and_traced(world):
    assert world.ask("voucher", "show", PLEDGED)["claim"]["pledgee"] == BANK
    assert "400,000.00" in world.run("voucher", "show", PLEDGED).stdout
    assert "1,000,000.00" in world.run("voucher", "show", PACKAGE).stdout
    listed = world.ask("voucher", "list", "--holder", SUPPLIER, "--stage", "live", "--circulation", "circulating")
    assert (listed["total"], listed["total_fen"]) == ("2", "75000000")
    assert len(world.ask("voucher", "list", "--package", PACKAGE, "--limit", "1")["vouchers"]) == 1
    assert len(world.ask("voucher", "list", "--package", PACKAGE, "--limit", "0")["vouchers"]) == 3
    assert MOVED in world.run("voucher", "list", "--issuer", CORE, "--due-from", TODAY, "--due-to", DUE).stdout
    assert PACKAGE in world.run("voucher", "packages", "--issuer", CORE, "--stage", "live").stdout
    assert world.ask("voucher", "trace", PACKAGE)["sum_fen"] == "100000000"
    assert "Σ 1,000,000.00" in world.run("voucher", "trace", PACKAGE).stdout
    assert world.ask("voucher", "trace", MOVED)["steps"][-1]["kind"] == 312


def test_organisations_are_shown_listed_and_totalled(world):
    assert {view["id"] for view in world.ask("org", "list")} >= {CORE, SUPPLIER, BANK, TIER_TWO}
    assert [view["id"] for view in world.ask("org", "list", "--role", "bank")] == [BANK]
    assert BANK in world.run("org", "list").stdout
    assert len(world.ask("org", "show", CORE)["keys"]) == 2
    assert "core-enterprise" in world.run("org", "show", CORE).stdout
    assert world.ask("org", "totals", BANK)["lender"]["secured_fen"] == "38000000"
    assert "unpaid" in world.run("org", "totals", CORE).stdout


def test_what_there_is_not_is_one_line(world):
    for missing in (("voucher", "show", f"{CORE}.NONE"), ("org", "show", make_uscc(99)), ("tx", "get", "00" * 32)):
        assert len(world.run(*missing, code=1).stderr.splitlines()) == 1
    for wrong in (("voucher", "list", "--stage", "ended"), ("voucher", "list", "--holder", "me")):
        assert len(world.run(*wrong, code=2).stderr.splitlines()) == 1


def test_issuer_and_bank_sign_a_prepayment_one_after_the_other(world):
    whole = f"{CORE}.B-1/1-50000"
    use = f"{'ab' * 32}:500.00:500.00"
    contract = world.file("contract.txt")
    world.run("voucher", "issue", "B-1", "--to", SUPPLIER, "--amount", "500.00", "--due-on", DUE, "--paying-bank", BANK,
              "--invoice", use, "--contract", contract, *world.both("core"))  # fmt: skip
    world.run("voucher", "accept", f"{CORE}.B-1", "--fingerprint", "ab" * 32, *world.both("sup"))
    file = world.file("prepay.tx")
    world.run("voucher", "prepay", whole, "--payment", contract, *world.both("core"), "--sign-only", file)
    world.run("tx", "submit", file, code=1)
    world.run("tx", "sign", file, *world.both("bank"))
    assert f"with the consent of {BANK}" in world.run("tx", "show", file).stdout
    world.run("tx", "submit", file)
    assert world.ask("voucher", "show", whole)["owed_fen"] == "0"


def test_a_key_is_replaced_and_an_organisation_suspended(world):
    organisation = make_uscc(15)
    world.admit(organisation, "third", "supplier")
    registrar = world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")
    old = world.ask("keys", "show", world.file("third-maker.json"))
    new, registration = world.file("third-new.json"), world.file("third-new.reg")
    world.run("keys", "new", new, "--org", organisation, "--person", "maker", "--role", "maker",
              "--same-person-as", world.file("third-maker.json"), "--registration", registration)  # fmt: skip
    world.run("org", "rotate-key", old["public_key"], "--registration", registration, *world.both("third"))
    world.run("org", "revoke-key", world.ask("keys", "show", new)["public_key"], *registrar)
    world.run("org", "suspend", organisation, *registrar)
    assert world.ask("org", "show", organisation)["organisation"]["status"] == "SUSPENDED"
    world.run("org", "reinstate", organisation, *registrar)
    assert len(world.ask("org", "show", organisation)["keys"]) == 3


def test_a_registration_of_somebody_else_is_not_admitted(world):
    registrar = world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")
    for file in ("core-maker.reg", "contract.txt", "terms.json"):
        result = world.run("org", "admit-key", BANK, "--registration", world.file(file), *registrar, code=2)
        assert len(result.stderr.splitlines()) == 1


def test_a_node_says_how_it_is(world):
    assert world.ask("node", "status")["network"]["name"] == "dev.hefu"
    world.run("trust", "export", "--out", world.file("exported.json"), "--expires", "2199-01-01T00:00")
    assert "dev.hefu" in world.run("trust", "show", world.file("exported.json")).stdout


def verify(world: World, proof: str, *more: str) -> subprocess.CompletedProcess[str]:
    """`hefu verify` in a process of its own that can reach no node."""
    arguments = [*HEFU, "verify", world.file(proof), "--trust", world.file("data/trust.json"), *more]
    return subprocess.run(
        arguments, cwd=ROOT, capture_output=True, text=True, env={"HEFU_NODE": "nowhere"}, check=False
    )


@pytest.mark.parametrize("form", ["json", "binary"])
def test_proofs_are_checked_by_another_process(world, form):
    identity = world.ask("tx", "submit", world.file("issue.tx"))["id"]
    to = ("--trust", world.file("data/trust.json"), "--form", form)
    world.run("proof", "tx", identity, "--out", world.file("tx"), *to)
    world.run("proof", "state", "--asset", f"voucher:{MOVED}", "--is", "unclaimed", "--out", world.file("state"), *to)
    world.run("proof", "consistency", "2", "--out", world.file("growth"), *to)
    transaction, state, growth = (verify(world, proof) for proof in ("tx", "state", "growth"))
    assert [done.returncode for done in (transaction, state, growth)] == [0, 0, 0], transaction.stderr + state.stderr
    assert "ISSUE" in transaction.stdout
    assert "absent" in state.stdout
    assert "2 → " in growth.stdout
    asked = ("--asset", f"voucher:{MOVED}", "--is", "unclaimed", "--not-older-than", "10m")
    assert verify(world, "state", *asked).returncode == 0
    plain = json.loads(verify(world, "state", *asked, "--json").stdout)
    assert (plain["holds"], plain["standing"]) == (True, "CURRENT")
    assert json.loads(verify(world, "tx", "--json").stdout)["id"] == identity
    for proof in ("tx", "state", "growth"):
        assert world.run("tx", "show", world.file(proof)).stdout
        assert world.ask("tx", "show", world.file(proof))


def test_what_does_not_hold_or_was_not_asked_exits_with_1(world):
    world.run("proof", "state", "--asset", f"voucher:{PLEDGED}", "--is", "unclaimed", "--out", world.file("claimed"),
              "--trust", world.file("data/trust.json"))  # fmt: skip
    no = verify(world, "claimed", "--asset", f"voucher:{PLEDGED}", "--is", "unclaimed")
    assert (no.returncode, "ANSWER_IS_NO" in no.stdout) == (1, True)
    other = verify(world, "claimed", "--asset", f"voucher:{MOVED}", "--is", "unclaimed", "--json")
    assert (other.returncode, json.loads(other.stdout)["reason"]) == (1, "NOT_ASKED")
    late = verify(world, "claimed", "--at-height", "1")
    assert (late.returncode, "OTHER_HEIGHT" in late.stdout) == (1, True)
    assert verify(world, "claimed", "--asset", f"voucher:{PLEDGED}", "--is", f"claimed-by {BANK}").returncode == 0


def test_what_becomes_of_the_words_changes_no_verdict(world):
    world.run("proof", "state", "--asset", f"voucher:{MOVED}", "--is", "unclaimed", "--out", world.file("unclaimed"),
              "--trust", world.file("data/trust.json"))  # fmt: skip
    command = [*HEFU, "verify", world.file("unclaimed"), "--trust", world.file("data/trust.json")]
    for asset, code in ((MOVED, 0), (PLEDGED, 1)):
        asked = [*command, "--asset", f"voucher:{asset}", "--is", "unclaimed"]
        reading, writing = os.pipe()
        os.close(reading)
        gone = subprocess.run(asked, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
        assert (gone.returncode, gone.stderr) == (code, b"")
        for redirection in (">&-", "2>&-", "<&-"):
            shell = ["sh", "-c", f'exec "$@" {redirection}', "sh", *asked]
            assert subprocess.run(shell, cwd=ROOT, capture_output=True, check=False).returncode == code
        ascii_only = {"PYTHONIOENCODING": "ascii"}
        for more in ((), ("--json",)):
            shown = subprocess.run([*asked, *more], cwd=ROOT, capture_output=True, check=False, env=ascii_only)
            assert shown.returncode == code
        assert json.loads(shown.stdout)["holds"] is (code == 0)
        with Path("/dev/full").open("wb") as full:
            assert subprocess.run(asked, cwd=ROOT, stdout=full, capture_output=False, check=False).returncode == 2


def test_what_is_unreadable_or_wrongly_asked_exits_with_2(world):
    world.run("proof", "state", f"totals/issuer/{CORE}", "--out", world.file("totals"))
    world.run(
        "proof", "state", f"package/{PACKAGE}", "--out", world.file("cut"), "--trust", world.file("data/trust.json")
    )
    whole = Path(world.file("cut")).read_bytes()
    Path(world.file("cut")).write_bytes(whole[:-1])
    Path(world.file("added")).write_bytes(whole + b"\n")
    for proof, *more in (
        ("nothing",), ("cut",), ("added",), ("contract.txt",), ("totals", "--asset", "voucher:x", "--is", "unclaimed"),
        ("totals", "--asset", f"voucher:{MOVED}"), ("totals", "--asset", f"voucher:{MOVED}", "--is", "nice"),
        ("totals", "--not-older-than", "soon"), ("totals", "--now", "yesterday"),
        ("totals", "--now", "2026-01-01T00:00"),
        ("totals", "--at-height", "-1"), ("totals", "--nonsense"), ("totals", "--trust", world.file("contract.txt")),
    ):  # fmt: skip
        done = verify(world, proof, *more)
        assert done.returncode == 2, (proof, more, done.stdout)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert not done.stdout


def test_proofs_that_nobody_can_build_are_one_line(world):
    out = ("--out", world.file("none"))
    for arguments, code in (
        (("proof", "tx", "00" * 32), 1), (("proof", "tx", "zz"), 2), (("proof", "state"), 2),
        (("proof", "state", "--is", "unclaimed"), 2), (("proof", "state", "x", "--height", "99999"), 1),
        (("proof", "consistency", "1"), 1), (("proof", "consistency", "0"), 2),
    ):  # fmt: skip
        assert len(world.run(*arguments, *out, code=code).stderr.splitlines()) == 1
    assert not Path(world.file("none")).exists()


def test_a_process_that_verifies_loads_no_server_and_no_store(world):
    world.run(
        "proof", "state", f"package/{PACKAGE}", "--out", world.file("p"), "--trust", world.file("data/trust.json")
    )
    program = (
        "import sys\nfrom nodes.cli import main\n"
        f"sys.argv = ['hefu', 'verify', {world.file('p')!r}, '--trust', {world.file('data/trust.json')!r},"
        f" '--asset', 'voucher:{MOVED}', '--is', 'absent']\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print(end.code, *sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert done.stderr.startswith("1 ")
    assert loaded.isdisjoint({"grpc", "sqlalchemy", "alembic", "numpy", "uvloop", "structlog", "sqlite3", "rich"})


def test_a_network_without_validators_says_so(world):
    assert "a single node makes its blocks" in world.run("gov", "validators").stdout
    assert world.ask("gov", "validators")["validators"] == []
    registrar = world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")
    joining = (bytes(SigningKey(bytes(32)).verify_key).hex(), "--power", "8", "--run-by", CORE, "--name", "n")
    refused = world.run("gov", "propose", "validator", "J-1", *joining, *registrar, code=2)
    assert "no record governance/validators" in refused.stderr
