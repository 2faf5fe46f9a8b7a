"""Commands that talk to no node, and every kind of bad input: one line, no traceback, the right exit code."""

import json
import stat

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from hefu.v1 import ledger_pb2, receivables_pb2
from ledger.transaction import decode
from nodes.cli.app import app
from nodes.cli.commitments import commit, commit_terms, compute_document_commitment, read_terms
from nodes.cli.failures import explain, option_name
from nodes.client import Draft, sign_drafts
from nodes.client.errors import OtherNetwork, Undecided
from nodes.genesis_file import make_uscc
from nodes.keys import read_key
from tests.support.fake_node import FakeLedger, serving

ORG, OTHER = make_uscc(7), make_uscc(8)
RANGE = f"{ORG}.A-1/1-100"
NOBODY = ["--node", "127.0.0.1:1"]
NETWORK = ledger_pb2.NetworkId(name="test", genesis_hash=bytes(range(32)))


def run(*arguments, **more):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], **more)


def good(*arguments, **more):
    result = run(*arguments, **more)
    assert result.exit_code == 0, result.output
    return result


def bad(*arguments, code=2, **more):
    """Run what must fail; the error is one line on stderr, and no exception of ours got away."""
    result = run(*arguments, **more)
    assert result.exit_code == code, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr


def draft():
    payload = receivables_pb2.Split(voucher=receivables_pb2.VoucherRef(package=f"{ORG}.A-1", start=1, end=900))
    payload.first_fen = 12_345
    return Draft((ORG, OTHER), payload)


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "maker.json"
    good("keys", "new", path, "--org", ORG, "--person", "p", "--role", "maker")
    return path


@pytest.fixture
def signed(tmp_path, key):
    path = tmp_path / "split.tx"
    path.write_bytes(sign_drafts(NETWORK, 1_900_000_000_000, [draft()], [read_key(key).open(None).seed]))
    return path


def test_a_key_is_made_and_shown(tmp_path):
    made = good(
        "keys", "new", tmp_path / "k.json", "--org", ORG, "--person", "p", "--role", "maker", "--role", "owner",
        "--registration", tmp_path / "r.json", "--json",
    )  # fmt: skip
    registration = json.loads((tmp_path / "r.json").read_text())
    assert json.loads(made.stdout) == registration
    assert registration["roles"] == ["maker", "owner"]
    assert len(registration["possession"]) == 128
    shown = json.loads(good("keys", "show", tmp_path / "k.json", "--json").stdout)
    assert shown["public_key"] == registration["public_key"]
    assert shown["encrypted"] is False
    assert json.loads(good("keys", "show", tmp_path / "k.json", "--registration").stdout) == registration
    seed = json.loads((tmp_path / "k.json").read_text())["seed"]
    assert seed not in good("keys", "show", tmp_path / "k.json").stdout


def test_a_sealed_key_is_opened_by_a_passphrase_file(tmp_path):
    (tmp_path / "pass").write_text("geheim\n")
    sealed = ["--passphrase-file", tmp_path / "pass"]
    first = tmp_path / "k.json"
    good("keys", "new", first, "--org", ORG, "--person", "p", "--role", "maker", *sealed)
    assert json.loads(good("keys", "show", first, "--json").stdout)["encrypted"] is True
    second = tmp_path / "second.json"
    good("keys", "new", second, "--org", ORG, "--person", "p", "--role", "checker", "--same-person-as", first, *sealed)
    assert read_key(second).person == read_key(first).person
    (tmp_path / "wrong").write_text("other\n")
    assert "passphrase" in bad("keys", "show", first, "--registration", "--passphrase-file", tmp_path / "wrong")
    assert "passphrase" in bad("keys", "show", first, "--registration")
    assert good("keys", "show", first, "--registration", env={"HEFU_PASSPHRASE": "geheim"}).stdout


def test_the_members_key_is_the_owners_alone(tmp_path):
    good("keys", "members", tmp_path / "members.key")
    assert stat.S_IMODE((tmp_path / "members.key").stat().st_mode) == 0o600
    assert "there already" in bad("keys", "members", tmp_path / "members.key")


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "new", "maker.json", "--org", ORG, "--person", "p", "--role", "maker"],  # it is there already
        ["keys", "new", "k.json", "--org", "nonsense", "--person", "p", "--role", "maker"],
        ["keys", "new", "k.json", "--org", ORG, "--person", "p", "--role", "boss"],
        ["keys", "new", "k.json", "--org", ORG, "--person", "p"],
        ["keys", "new", "k.json", "--org", ORG, "--person", "", "--role", "maker"],
        ["keys", "new", "nowhere/k.json", "--org", ORG, "--person", "p", "--role", "maker"],
        ["keys", "new", "k.json", "--org", ORG, "--person", "p", "--role", "maker", "--encrypt"],
        ["keys", "new", "k.json", "--org", ORG, "--person", "p", "--role", "maker", "--passphrase-file", "empty"],
        ["keys", "show", "nothing"],
        ["keys", "show", "."],
        ["keys", "show", "text"],
        ["keys", "show", "a\0b"],
        ["nonsense"],
        ["voucher", "nonsense"],
        ["voucher", "show"],
        ["voucher", "split", RANGE],
    ],
)
def test_bad_usage_is_one_line(tmp_path, key, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no key\n")
    (tmp_path / "empty").write_text("\n")
    assert bad(*arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["voucher", "split", RANGE, "--first", "1.234"],
        ["voucher", "split", RANGE, "--first", "-1"],
        ["voucher", "split", RANGE, "--first", "1e3"],
        ["voucher", "split", RANGE, "--first", "1,000.00"],
        ["voucher", "split", "nonsense", "--first", "1.00"],
        ["voucher", "split", f"{ORG}.A-1/5-1", "--first", "1.00"],
        ["voucher", "accept", f"{ORG}.A-1"],
        ["voucher", "accept", f"{ORG}.A-1", "--fingerprint", "00"],
        ["voucher", "accept", RANGE, "--fingerprint", "00" * 32],
        ["voucher", "accept", f"{ORG}.A-1", "--invoices", "text"],
        ["voucher", "accept", f"{ORG}.A-1", "--invoices", "text", "--members-key", "text"],
        ["voucher", "transfer", RANGE, "--to", "nonsense", "--trade", "00" * 32],
        ["voucher", "transfer", RANGE, "--to", OTHER, "--trade", "nothing-there"],
        ["voucher", "prepay", f"{OTHER}.A-1/1-5", "--payment", "00" * 32, "--forgiven", "-1"],
        ["voucher", "pay", f"{ORG}.A-1", "--payment", "00" * 32, "--payee", f"{ORG}:1.00", "--amount", "1.00"],
        ["voucher", "finance", "take", RANGE, "--terms", "text"],
        ["org", "revoke-key", "zz"],
        ["voucher", "refuse", RANGE, "--valid-for", "soon"],
        ["voucher", "refuse", RANGE, "--as", "nonsense"],
        ["voucher", "refuse", RANGE, "--key", "nothing"],
        ["voucher", "refuse", RANGE, "--key", "text"],
        ["voucher", "refuse", RANGE, "--node", "nonsense"],
        ["voucher", "refuse", RANGE, "--node", "127.0.0.1:99999"],
    ],
)
def test_bad_values_of_what_would_be_signed_are_one_line(tmp_path, key, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no key\n")
    message = bad(*arguments, "--key", key, *(() if "--node" in arguments else NOBODY))
    assert "unreachable" not in message


def test_a_node_that_is_not_there_is_one_line(key):
    message = bad("voucher", "refuse", RANGE, "--key", key, *NOBODY)
    assert "127.0.0.1:1" in message
    assert json.loads(bad("node", "status", "--json", *NOBODY))["exit_code"] == 2


def test_who_names_no_key_signs_nothing():
    assert "--key" in bad("voucher", "refuse", RANGE, *NOBODY)


def test_a_signed_file_is_shown_in_words(signed):
    shown = good("tx", "show", signed).stdout
    assert "SPLIT" in shown
    assert "123.45 yuan" in shown
    assert f"{ORG}.A-1/1-900" in shown
    assert OTHER in shown
    plain = json.loads(good("tx", "show", signed, "--json").stdout)
    assert plain["commands"][0]["payload"]["first_fen"] == "12345"
    assert plain["id"] == decode(signed.read_bytes()).id.hex()


def test_a_checker_adds_a_signature(tmp_path, signed):
    checker = tmp_path / "checker.json"
    good("keys", "new", checker, "--org", ORG, "--person", "q", "--role", "checker")
    before = decode(signed.read_bytes())
    good("tx", "sign", signed, "--key", checker, "--key", checker, "--out", tmp_path / "both.tx")
    both = decode((tmp_path / "both.tx").read_bytes())
    assert (both.id, len(both.signatures)) == (before.id, 2)
    plain = json.loads(good("tx", "sign", signed, "--key", checker, "--json").stdout)
    assert plain["signatures"] == 2
    assert signed.read_bytes() == (tmp_path / "both.tx").read_bytes()
    assert "there already" in bad("tx", "sign", signed, "--key", checker, "--out", tmp_path / "both.tx")


def test_what_is_no_transaction_is_neither_shown_signed_nor_submitted(tmp_path, key, signed):
    for name, data in (("empty", b""), ("text", b"hello"), ("json", b"{}"), ("cut", signed.read_bytes()[:-1])):
        path = tmp_path / name
        path.write_bytes(data)
        assert bad("tx", "show", path)
        assert bad("tx", "sign", path, "--key", key)
        assert bad("tx", "submit", path, *NOBODY)
    assert bad("tx", "get", "00", *NOBODY)


def test_a_false_signature_is_not_carried_on(tmp_path, key, signed):
    envelope = ledger_pb2.SignedTransaction.FromString(signed.read_bytes())
    envelope.signatures[0].signature = bytes(64)
    signed.write_bytes(envelope.SerializeToString(deterministic=True))
    assert "签名" in bad("tx", "sign", signed, "--key", key)


def quote(out, *more):
    return (
        "voucher", "finance", "quote", "--amount", "1000000.00", "--rate", "2.62%", "--value-on", "2026-04-16",
        "--due-on", "2026-06-30", "--out", out, *more,
    )  # fmt: skip


def test_terms_are_computed_once_and_hashed_by_both(tmp_path):
    plain = json.loads(good(*quote(tmp_path / "t.json"), "--json").stdout)
    assert plain["terms"]["interest_fen"] == "545833"  # the vector of domain.md
    assert commit_terms(str(tmp_path / "t.json")).hex() == plain["commitment"]
    assert commit_terms(plain["commitment"]).hex() == plain["commitment"]
    assert read_terms(tmp_path / "t.json")[0].net_fen == 100_000_000 - 545_833
    assert plain["commitment"] in good("voucher", "finance", "terms", tmp_path / "t.json").stdout
    assert "there already" in bad(*quote(tmp_path / "t.json"))


def test_terms_out_of_range_are_not_written(tmp_path):
    assert bad(*quote(tmp_path / "t.json", "--basis", "364"))
    assert bad(*quote(tmp_path / "t.json", "--fee", "2000000.00"))
    assert not (tmp_path / "t.json").exists()


@pytest.mark.parametrize(
    "change", [{"format": 1}, {"terms": []}, {"salt": "00"}, {"terms": {"x": 1}}, {"terms": {"fee_fen": 1}}]
)
def test_changed_terms_files_are_one_line(tmp_path, change):
    good(*quote(tmp_path / "t.json"))
    fields = json.loads((tmp_path / "t.json").read_text()) | change
    (tmp_path / "t.json").write_text(json.dumps(fields))
    assert bad("voucher", "finance", "terms", tmp_path / "t.json")


def test_a_document_has_one_commitment_while_it_stays_as_it_is(tmp_path, key):
    document = tmp_path / "contract.pdf"
    document.write_bytes(b"contract")
    first = commit(str(document))
    opening = json.loads((tmp_path / "contract.pdf.opening.json").read_text())
    assert first == commit(str(document)) == commit(first.hex())
    opened = compute_document_commitment(bytes.fromhex(opening["salt"]), bytes.fromhex(opening["sha256"]))
    assert first == opened
    document.write_bytes(b"another")
    pay_out = ("voucher", "finance", "pay-out", RANGE, "--payment", document, "--value-on", "2026-01-01")
    assert "other contents" in bad(*pay_out, "--key", key, *NOBODY)


def commands_of(group, name="hefu"):
    """Every command below a group, with its full name."""
    for child in group.commands.values():
        if hasattr(child, "commands"):
            yield from commands_of(child, f"{name} {child.name}")
        else:
            yield f"{name} {child.name}", child


def test_every_command_is_explained_with_an_example_of_itself():
    found = dict(commands_of(get_command(app)))
    assert len(found) > 40
    for name, command in found.items():
        assert name in (command.epilog or ""), name
        assert command.help, name
        words = name.split()[1:]
        assert "Example" in good(*words, "--help").stdout, name


def test_a_refusal_points_at_the_option():
    assert option_name("due_on") == "--due-on"
    assert option_name("face_fen") == "--amount"
    assert option_name("terms_commitment") == "--terms"
    assert option_name("voucher") == "VOUCHER"
    assert option_name("body.answer_by_ms") == "--answer-by"


def test_what_a_list_of_nodes_can_come_to_is_explained():
    undecided = explain(Undecided([b"\x01" * 32], "a:1,b:1"))
    assert undecided is not None
    assert undecided["exit_code"] == 2
    assert "01" * 32 in undecided["english"]
    assert "hefu tx get" in undecided["english"]
    other = explain(OtherNetwork(["b:1"], "a:1"))
    assert other is not None
    assert other["english"].startswith("b:1 is of another network or log than a:1")


def test_a_defect_of_ours_is_not_explained_away():
    assert explain(KeyError("x")) is None
    assert explain(ZeroDivisionError()) is None


def test_a_defect_of_ours_is_one_line_without_its_text_and_never_exit_1(key, monkeypatch):
    def fail(path):
        raise KeyError("what was read from a key")

    monkeypatch.setattr("nodes.cli.keys.read_key_file", fail)
    message = bad("keys", "show", key)
    assert "KeyError" in message
    assert "HEFU_TRACEBACK=1" in message
    assert "what was read" not in message
    assert json.loads(bad("keys", "show", key, "--json"))["exit_code"] == 2
    shown = run("keys", "show", key, env={"HEFU_TRACEBACK": "1"})
    assert shown.exit_code == 2
    assert "Traceback" in shown.stderr
    assert "read_key_file" in shown.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["proof", "consistency", 10**20, "--out", "x", *NOBODY],
        ["proof", "consistency", 2, 2**63, "--out", "x", *NOBODY],
        ["proof", "state", "x", "--height", 10**20, "--out", "x", *NOBODY],
        ["verify", "x", "--trust", "x", "--at-height", 10**20],
        ["keys", "new", "", "--org", ORG, "--person", "p", "--role", "maker"],
        ["keys", "members", ""],
        ["node", "status", "--node", "\udcff:1"],
        ["node", "status", "--node", "127.0.0.1:1,"],
        ["node", "status", "--node", "127.0.0.1:1,nonsense"],
        ["node", "status", "--node", "127.0.0.1:1, 127.0.0.1:1"],
        ["org", "show", "\udcff", *NOBODY],
        ["proof", "tx", "\udcff", "--out", "x", *NOBODY],
    ],
)
def test_what_no_message_can_hold_is_one_line(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    message = bad(*arguments)
    assert "defect" not in message
    assert "unreachable" not in message
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "more",
    [["A-1", "--long-term-reason", "\udcff"], ["\udcff"], ["A-1", "--sign-only", ""], ["A-1", "--sign-only", "."]],
)
def test_what_would_be_signed_is_text_and_has_a_file_name(tmp_path, key, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    issue = (
        "voucher", "issue", "--to", OTHER, "--amount", "1.00", "--due-on", "2026-12-30", "--paying-bank", OTHER,
        "--contract", "00" * 32, "--invoice", f"{'00' * 32}:1.00:1.00", "--key", key,
    )  # fmt: skip
    fake = FakeLedger()
    with serving(fake) as node:
        message = bad(*issue, *more, "--node", node)
    assert "defect" not in message
    assert not fake.arrived
    assert [path.name for path in tmp_path.iterdir()] == [key.name]
