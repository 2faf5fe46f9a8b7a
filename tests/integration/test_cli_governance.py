"""Proposals and votes by the command line: first the registrar decides alone, then three organisations together."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from nodes.cli import gov
from nodes.cli.app import app
from nodes.cli.values import parse_day
from nodes.genesis_file import make_uscc
from nodes.keys import read_key
from tests.integration.test_cli_life import World, started
from tests.support.authority import CertificateAuthority, to_pem

BANK, OTHER_BANK, CORE, STRANGER = (make_uscc(number) for number in (21, 22, 23, 24))
AUTHORITY = CertificateAuthority("示例 CA", 1_700_000_000_000)
NEXT_MONTH = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A development network, whose registrar votes alone, and two banks."""
    folder = tmp_path_factory.mktemp("governance")
    made = CliRunner().invoke(app, ["node", "init", str(folder / "data"), "--listen", "127.0.0.1:0", "--json"])
    assert made.exit_code == 0, made.output
    with started(folder / "data") as node:
        world = World(folder, node)
        world.admit(BANK, "bank", "bank")
        world.admit(OTHER_BANK, "other", "bank")
        yield world


def registrar(world: World) -> list[str]:
    return world.keys("data/keys/registrar-maker", "data/keys/registrar-checker")


def registrar_id(world: World) -> str:
    return read_key(world.folder / "data" / "keys" / "registrar-maker.json").organisation


def write(world: World, name: str, value) -> str:
    (world.folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return world.file(name)


def propose(world: World, *arguments: str, code: int = 0):
    return world.run("gov", "propose", *arguments, *registrar(world), code=code)


def test_rules_are_changed_field_by_field(world):
    changes = write(world, "rules.json", {"max_layers": 12, "min_face_fen": "10000"})
    before = world.ask("gov", "record", "rules/vouchers")["record"]
    propose(world, "rules", "R-1", "vouchers", changes)
    after = world.ask("gov", "record", "rules/vouchers")["record"]
    assert (after["max_layers"], after["min_face_fen"]) == (12, "10000")
    assert {**before, "max_layers": 12, "min_face_fen": "10000"} == after
    assert "says this already" in propose(world, "rules", "R-2", "vouchers", changes, code=2).stderr
    roles = write(world, "roles.json", {"voted_roles": ["CORE_ENTERPRISE", "BANK"]})
    propose(world, "rules", "R-3", "identity", roles)
    assert world.ask("gov", "electorate")["rules"]["voted_roles"] == ["BANK", "CORE_ENTERPRISE"]


def test_a_second_person_reads_what_the_first_has_proposed(world):
    """Not the bytes of the record, but its fields."""
    calendar, file = write(world, "2028.json", {"holidays": ["2028-01-03"]}), world.file("propose.tx")
    maker = world.keys("data/keys/registrar-maker")
    world.run("gov", "propose", "calendar", "CAL-2028", calendar, *maker, "--sign-only", file)
    shown = world.run("tx", "show", file).stdout
    assert "rules/calendar:" in shown
    assert "holidays: 2028-01-03" in shown
    world.run("tx", "sign", file, *world.keys("data/keys/registrar-checker"))
    world.run("tx", "submit", file)
    assert "2028-01-03" in world.run("gov", "record", "rules/calendar").stdout


def test_rules_and_limits_out_of_their_bounds_are_refused(world):
    for kind, fields in (("rules", {"max_layers": 65}), ("limits", {"signatures": 3})):
        rulebook = ["vouchers"] if kind == "rules" else []
        refused = propose(world, kind, "B-1", *rulebook, write(world, "bounds.json", fields), code=1)
        assert "157 RECORD_UNFIT (command 0, field change)" in refused.stderr
    for text in ('{"max_layer": 1}', '{"max_layers": "many"}', "[]", "{"):
        wrong = propose(world, "rules", "B-2", "vouchers", write(world, "wrong.json", text), code=2)
        assert len(wrong.stderr.splitlines()) == 1


def test_limits_hold_later(world):
    limits = write(world, "limits.json", {"transactions_per_organisation_block": 50_000})
    propose(world, "limits", "L-1", limits, "--effective", NEXT_MONTH)
    found = world.ask("gov", "record", "limits")
    assert found["record"]["transactions_per_organisation_block"] == 100_000
    assert found["next"]["transactions_per_organisation_block"] == 50_000
    assert "届时变更为" in world.run("gov", "record", "limits").stdout
    nearer = write(world, "nearer.json", {"transactions_per_organisation_block": 60_000})
    propose(world, "limits", "L-2", nearer)
    assert "next" not in world.ask("gov", "record", "limits")


def test_a_year_of_the_calendar_is_replaced_and_the_others_stay(world):
    before = world.ask("gov", "record", "rules/calendar")["record"]
    year = {"holidays": ["2027-02-08", "2027-01-01"], "workdays": ["2027-02-14"]}
    propose(world, "calendar", "CAL-2027", write(world, "2027.json", year))
    after = world.ask("gov", "record", "rules/calendar")["record"]
    assert len(after["holidays"]) == len(before["holidays"]) + 2
    propose(world, "calendar", "CAL-2027-2", write(world, "2027.json", {"holidays": ["2027-01-01"]}))
    shorter = world.ask("gov", "record", "rules/calendar")["record"]
    assert shorter["holidays"] == sorted([*before["holidays"], parse_day("2027-01-01")])
    assert shorter["workdays"] == before["workdays"]
    assert "2027-01-01" in world.run("gov", "record", "rules/calendar").stdout
    for wrong in ("{}", '{"holiday": []}', '{"holidays": "2027"}', '{"holidays": [1]}', '{"holidays": ["2027-02-30"]}'):
        propose(world, "calendar", "CAL-0", write(world, "wrong.json", wrong), code=2)
    sunday = write(world, "wrong.json", {"holidays": ["2027-01-03"]})
    assert "RECORD_UNFIT" in propose(world, "calendar", "CAL-0", sunday, code=1).stderr


def test_an_authority_is_trusted_and_distrusted(world):
    (world.folder / "ca.der").write_bytes(AUTHORITY.certificate)
    file = write(world, "ca.pem", to_pem(AUTHORITY.certificate))
    propose(world, "trust", "T-1", file, "--name", "示例 CA", "--lists-required", "--operator", BANK)
    (found,) = world.ask("gov", "authorities")
    assert found["authority"]["certificate"] == AUTHORITY.certificate.hex()
    assert (found["authority"]["operator"], found["authority"]["lists_required"]) == (BANK, True)
    table = world.run("gov", "authorities").stdout
    assert found["fingerprint"] in table
    assert "one is needed" in table
    shown = world.run("gov", "show", f"{registrar_id(world)}.T-1").stdout
    assert f"fingerprint: {found['fingerprint']}" in shown
    propose(world, "distrust", "T-2", world.file("ca.der"))
    assert "distrusted" in world.run("gov", "authorities").stdout
    assert "AUTHORITY_NOT_TRUSTED" in propose(world, "distrust", "T-3", found["fingerprint"], code=1).stderr
    assert "no longer" in world.run("gov", "show", f"{registrar_id(world)}.T-2").stdout
    propose(world, "distrust", "T-4", "ab", code=2)
    propose(world, "trust", "T-4", write(world, "no.pem", "-----BEGIN nonsense"), "--name", "x", code=2)


def test_what_is_no_ca_is_not_proposed(world):
    """The certificate of a member, which issues nothing: the door looks into it before anybody votes."""
    member = CertificateAuthority("member", 1_700_000_000_000, is_ca=False)
    refused = propose(
        world, "trust", "T-5", write(world, "member.pem", to_pem(member.certificate)), "--name", "x", code=1
    )
    assert "190 CERTIFICATE_NOT_VERIFIED (command 0, field change)" in refused.stderr


def test_three_organisations_decide_together(world):
    """Admission of a core enterprise, which needs a vote here; read, voted on, shown, proved."""
    voters = ("--voter", BANK, "--voter", OTHER_BANK, "--voter", registrar_id(world))
    propose(world, "electorate", "E-1", *voters)
    assert world.ask("gov", "electorate")["electorate"]["threshold"] == 3
    assert BANK in world.run("gov", "electorate").stdout

    registrations = []
    for who in ("maker", "checker"):
        world.run("keys", "new", world.file(f"core-{who}.json"), "--org", CORE, "--person", who, "--role", who,
                  "--registration", world.file(f"core-{who}.reg"))  # fmt: skip
        registrations += ["--registration", world.file(f"core-{who}.reg")]
    admission = (CORE, "--name", "核心", "--role", "core-enterprise", *registrations)
    assert "164 VOTE_NEEDED" in world.run("org", "admit", *admission, *registrar(world), code=1).stderr
    propose(world, "admit", "A-1", *admission)
    proposal = f"{registrar_id(world)}.A-1"

    listed = world.run("gov", "list", "--status", "open").stdout
    assert proposal in listed
    assert "admission" in listed
    shown = world.ask("gov", "show", proposal)
    text = world.run("gov", "show", proposal).stdout
    assert CORE in text
    assert shown["change_digest"] in text

    unread = world.run("gov", "vote", proposal, "--yes", *world.both("bank"), code=2)
    assert "--change DIGEST" in unread.stderr
    other = world.run("gov", "vote", proposal, "--yes", "--change", "00" * 32, *world.both("bank"), code=2)
    assert "nothing was signed" in other.stderr
    world.run("gov", "vote", proposal, "--yes", "--change", shown["change_digest"], *world.both("bank"))
    again = world.run("gov", "vote", proposal, "--no", "--change", shown["change_digest"], *world.both("bank"), code=1)
    assert "163 ALREADY_VOTED" in again.stderr
    world.run("org", "show", CORE, code=1)
    world.run("gov", "vote", proposal, "--yes", "--change", shown["change_digest"], *world.both("other"))
    assert world.ask("org", "show", CORE)["organisation"]["roles"] == ["CORE_ENTERPRISE"]
    passed = world.ask("gov", "list", "--status", "passed", "--proposer", registrar_id(world))
    assert proposal in [view["id"] for view in passed]

    asked = ("--asset", f"proposal:{proposal}", "--is", f"passed {shown['change_digest']}")
    trust = world.file("data/trust.json")
    world.run("proof", "state", *asked, "--out", world.file("passed.json"), "--trust", trust)
    assert "HOLDS" in world.run("verify", world.file("passed.json"), "--trust", trust, *asked).stdout
    wrong = ("--asset", f"proposal:{proposal}", "--is", f"passed {'00' * 32}")
    assert "DOES NOT HOLD" in world.run("verify", world.file("passed.json"), "--trust", trust, *wrong, code=1).stdout


def test_a_proposal_is_voted_down(world):
    propose(world, "status", "S-1", OTHER_BANK, "suspended", "--expires", "2h")
    proposal = f"{registrar_id(world)}.S-1"
    digest = world.ask("gov", "show", proposal)["change_digest"]
    world.run("gov", "vote", proposal, "--no", "--change", digest, *world.both("other"))
    assert world.ask("gov", "show", proposal)["proposal"]["status"] == "PROPOSAL_REJECTED"
    late = world.run("gov", "vote", proposal, "--yes", "--change", digest, *world.both("bank"), code=1)
    assert "160 PROPOSAL_CLOSED" in late.stderr
    assert "REJECTED" in world.run("gov", "show", proposal).stdout


def test_a_voter_is_asked_what_was_shown(world, monkeypatch):
    """Asked at a terminal, it may think again; what it was shown is what it signs."""
    propose(world, "roles", "G-1", BANK, "--role", "bank", "--role", "clearing-bank")
    proposal = f"{registrar_id(world)}.G-1"
    monkeypatch.setattr(gov, "is_terminal", lambda: True)
    arguments = ["gov", "vote", proposal, "--yes", *world.both("bank")]
    for answer, code in (("n\n", 2), ("y\n", 0)):
        result = CliRunner().invoke(app, arguments, input=answer, env={"HEFU_NODE": world.node})
        assert result.exit_code == code, result.output
        assert "CLEARING_BANK" in result.stderr
    assert world.ask("gov", "show", proposal)["proposal"]["yes"] == sorted([BANK, registrar_id(world)])


def test_the_role_of_registrar_is_proposed_with_what_hinders_it(world):
    refused = propose(world, "registrar", "G-2", "--from", registrar_id(world), "--to", BANK, code=1)
    assert "125 ROLES_INVALID" in refused.stderr
    assert "152 PROPOSAL_NUMBER_INVALID" in propose(world, "status", "a b", BANK, "active", code=1).stderr


def test_a_differing_record_is_shown_by_its_differences(world):
    grace = world.ask("gov", "record", "rules/vouchers")["record"]["grace_days"]
    propose(world, "rules", "D-1", "vouchers", write(world, "grace.json", {"grace_days": grace + 3}))
    shown = world.run("gov", "show", f"{registrar_id(world)}.D-1").stdout
    assert f"+grace_days: {grace + 3}" in shown
    assert "max_layers" not in shown
    passed = world.run("gov", "show", f"{registrar_id(world)}.R-1").stdout
    assert "another body than the one voted last" in passed
    assert "max_layers: 12" in passed


def test_what_there_is_not_is_one_line(world):
    for missing in (("gov", "show", f"{BANK}.NONE"), ("gov", "vote", "x", "--yes", "--change", "00" * 32)):
        keys = world.both("bank") if "vote" in missing else []
        assert len(world.run(*missing, *keys, code=1).stderr.splitlines()) == 1
    for wrong in (
        ("gov", "record", "rules/none"),
        ("gov", "list", "--status", "none"),
        ("gov", "list", "--proposer", "me"),
        ("gov", "propose", "status", "X-1", STRANGER, "gone", *registrar(world)),
    ):
        assert world.run(*wrong, code=2).stderr
