"""The registers' rows over blocks and over time, and the lists that read them."""

import hashlib
import re

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hefu.v1 import governance_pb2 as view
from hefu.v1 import identity_pb2 as pb
from identity import records, register_views
from identity.governance_service import GovernanceService
from identity.register_views import RegisterView
from identity.views import metadata
from ledger.errors import MalformedInput
from ledger.store.paging import Page, Position, encode_cursor
from tests.support.databases import explain
from tests.support.view_world import NOW_MS, ViewWorld, make_record, make_uscc

A, B, C = sorted(make_uscc(number) for number in range(1, 4))
DAY_MS = 86_400_000
PERSON = b"p" * 32
CERTIFICATE = b"certificate"
FINGERPRINT = hashlib.sha256(CERTIFICATE).digest()


@pytest.fixture
def world(database_url):
    made = ViewWorld(database_url, [RegisterView()])
    yield made
    made.close()


def make_proposal(name, status=pb.PROPOSAL_OPEN, expires_at_ms=NOW_MS + DAY_MS):
    """The records of a proposal; an open one expires."""
    change = pb.GovernedChange(status=pb.SetOrganisationStatus(organisation=C, status=pb.SUSPENDED))
    proposal, expired = pb.Proposal(status=status, expires_at_ms=expires_at_ms), None
    if status == pb.PROPOSAL_OPEN:
        expired = pb.Proposal(status=pb.PROPOSAL_EXPIRED, expires_at_ms=expires_at_ms)
    record = make_record(proposal, expires_at_ms if expired else 0, expired)
    return {records.compute_proposal_key(name): record, records.compute_change_key(name): make_record(change)}


def make_reenrolment(organisation, effective_at_ms, status=pb.REENROLMENT_NOTICED):
    notice = pb.Reenrolment(status=status, effective_at_ms=effective_at_ms)
    done = pb.Reenrolment(status=pb.REENROLMENT_DONE, effective_at_ms=effective_at_ms)
    is_open = status == pb.REENROLMENT_NOTICED
    record = make_record(notice, effective_at_ms if is_open else 0, done if is_open else None)
    return {records.compute_reenrolment_key(organisation): record}


def make_mandate(principal, agent, used_fen=0):
    return {records.compute_mandate_key(principal, agent): make_record(pb.Mandate(up_to_fen=9, used_fen=used_fen))}


def make_credential(subject, issuer, kind=pb.KYB, person=b""):
    ref = pb.CredentialRef(subject=subject, kind=kind, issuer=issuer, person=person)
    valid, expired = pb.Credential(status=pb.CREDENTIAL_VALID), pb.Credential(status=pb.CREDENTIAL_EXPIRED)
    return {records.compute_credential_key(ref): make_record(valid, NOW_MS + DAY_MS, expired)}


def ask_proposals(world, **fields):
    return register_views.list_proposals(world.connection, view.ListProposalsRequest(**fields))


def ids(page):
    return [found.id for found in page.proposals]


def test_the_migrations_make_the_table_of_the_code(world):
    own = {table.name for table in metadata.tables.values()}
    found = compare_metadata(MigrationContext.configure(world.connection), metadata)
    assert [change for change in found if not (change[0].startswith("remove") and change[1].name not in own)] == []


# ---------------------------------------------------------------- the electorate


def test_the_electorate_is_shown_with_the_rules(world):
    electorate, rulebook = pb.Electorate(voters=[A, B], threshold=2), pb.IdentityRules(max_proposal_ms=5)
    world.write_block({
        records.ELECTORATE_KEY: make_record(electorate, NOW_MS + DAY_MS, pb.Electorate(voters=[A], threshold=1)),
        records.RULES_KEY: make_record(rulebook),
    })  # fmt: skip
    found = register_views.get_electorate(world.connection)
    assert (found.electorate, found.rules, found.height) == (electorate, rulebook, 1)
    world.write_block({}, time_ms=NOW_MS + DAY_MS)
    assert list(register_views.get_electorate(world.connection).electorate.voters) == [A]


def test_a_network_without_an_electorate_says_so(world):
    found = register_views.get_electorate(world.connection)
    assert not found.HasField("electorate")
    assert found.rules == pb.IdentityRules()


# ---------------------------------------------------------------- proposals


def test_a_proposal_is_shown_with_its_change_and_as_it_is_meant(world):
    world.write_block(make_proposal(f"{A}.1"))
    request = view.GetProposalRequest(id=f"{A}.1")
    found = register_views.get_proposal(world.connection, request)
    assert found is not None
    assert (found.id, found.proposal.status, found.change.status.organisation) == (f"{A}.1", pb.PROPOSAL_OPEN, C)
    world.write_block({}, time_ms=NOW_MS + DAY_MS)
    found = register_views.get_proposal(world.connection, request)
    assert found is not None
    assert found.proposal.status == pb.PROPOSAL_EXPIRED
    assert found == ask_proposals(world).proposals[0]


@pytest.mark.parametrize("name", ["", "x", f"{A}.", f"{A}.2", f"{A}.\u4e00", f"{A}.1/2"])
def test_an_unknown_proposal_is_not_found(world, name):
    world.write_block(make_proposal(f"{A}.1"))
    assert register_views.get_proposal(world.connection, view.GetProposalRequest(id=name)) is None


def test_proposals_are_listed_by_proposer_and_by_what_they_mean(world):
    world.write_block(make_proposal(f"{A}.1") | make_proposal(f"{B}.1") | make_proposal(f"{A}.2"))
    world.write_block(make_proposal(f"{A}.2", pb.PROPOSAL_PASSED) | make_proposal(f"{C}.1", pb.PROPOSAL_REJECTED))
    world.write_block(make_proposal(f"{C}.2", expires_at_ms=NOW_MS + 2 * DAY_MS))
    assert ids(ask_proposals(world)) == [f"{A}.1", f"{A}.2", f"{B}.1", f"{C}.1", f"{C}.2"]
    assert ids(ask_proposals(world, proposer=A)) == [f"{A}.1", f"{A}.2"]
    assert ids(ask_proposals(world, status=pb.PROPOSAL_OPEN)) == [f"{A}.1", f"{B}.1", f"{C}.2"]
    assert ids(ask_proposals(world, status=pb.PROPOSAL_EXPIRED)) == []
    world.write_block({}, time_ms=NOW_MS + DAY_MS)
    assert ids(ask_proposals(world, status=pb.PROPOSAL_OPEN)) == [f"{C}.2"]
    assert ids(ask_proposals(world, status=pb.PROPOSAL_EXPIRED)) == [f"{A}.1", f"{B}.1"]
    assert ids(ask_proposals(world, status=pb.PROPOSAL_PASSED)) == [f"{A}.2"]
    assert ids(ask_proposals(world, status=pb.PROPOSAL_REJECTED, proposer=C)) == [f"{C}.1"]
    assert [found.change.status.organisation for found in ask_proposals(world).proposals] == [C] * 5


def test_a_list_stays_as_of_its_first_page_while_blocks_go_on(world):
    world.write_block(make_proposal(f"{A}.1") | make_proposal(f"{B}.1") | make_proposal(f"{C}.1"))
    page = ask_proposals(world, page_size=1, status=pb.PROPOSAL_OPEN)
    assert ids(page) == [f"{A}.1"]
    world.write_block(make_proposal(f"{B}.1", pb.PROPOSAL_PASSED) | make_proposal(f"{B}.2"), time_ms=NOW_MS + DAY_MS)
    page = ask_proposals(world, page_size=1, status=pb.PROPOSAL_OPEN, cursor=page.next_cursor)
    assert ids(page) == [f"{B}.1"]
    assert page.proposals[0].proposal.status == pb.PROPOSAL_OPEN
    page = ask_proposals(world, page_size=1, status=pb.PROPOSAL_OPEN, cursor=page.next_cursor)
    assert (ids(page), page.next_cursor) == ([f"{C}.1"], b"")
    assert ids(ask_proposals(world, status=pb.PROPOSAL_OPEN)) == []


# ---------------------------------------------------------------- the other registers


def test_authorities_are_shown_with_their_own_newest_list(world):
    trusted = pb.Authority(certificate=CERTIFICATE, name="CA", trusted_at_ms=5)
    other = pb.Authority(certificate=b"other", name="CA 2", distrusted_at_ms=6)
    newest = pb.RevocationList(this_update_ms=1, next_update_ms=2)
    world.write_block({
        records.compute_authority_key(FINGERPRINT): make_record(trusted),
        records.compute_authority_key(b"\xff" * 32): make_record(other),
        records.compute_revocations_key(FINGERPRINT): make_record(newest),
    })  # fmt: skip
    page = register_views.list_authorities(world.connection, view.ListAuthoritiesRequest())
    first, second = page.authorities
    assert (first.fingerprint, first.authority, first.list) == (FINGERPRINT, trusted, newest)
    assert (second.authority.distrusted_at_ms, second.HasField("list")) == (6, False)
    page = register_views.list_authorities(world.connection, view.ListAuthoritiesRequest(page_size=1))
    assert [found.fingerprint for found in page.authorities] == [FINGERPRINT]
    page = register_views.list_authorities(world.connection, view.ListAuthoritiesRequest(cursor=page.next_cursor))
    assert [found.fingerprint for found in page.authorities] == [b"\xff" * 32]


def test_reenrolments_are_listed_by_what_they_mean(world):
    world.write_block(
        make_reenrolment(A, NOW_MS + 10)
        | make_reenrolment(B, NOW_MS + DAY_MS)
        | make_reenrolment(C, 5, pb.REENROLMENT_OBJECTED)
    )

    def ask(status=pb.REENROLMENT_STATUS_UNSPECIFIED):
        request = view.ListReenrolmentsRequest(status=status)
        return register_views.list_reenrolments(world.connection, request).reenrolments

    assert [found.organisation for found in ask()] == [A, B, C]
    assert [found.organisation for found in ask(pb.REENROLMENT_NOTICED)] == [A, B]
    world.write_block({}, time_ms=NOW_MS + 10)
    assert [found.organisation for found in ask(pb.REENROLMENT_NOTICED)] == [B]
    assert [found.reenrolment.status for found in ask(pb.REENROLMENT_DONE)] == [pb.REENROLMENT_DONE]
    assert [found.organisation for found in ask(pb.REENROLMENT_OBJECTED)] == [C]


def test_mandates_are_listed_by_principal_and_by_agent(world):
    world.write_block(make_mandate(A, B) | make_mandate(A, C) | make_mandate(B, C))

    def ask(**fields):
        found = register_views.list_mandates(world.connection, view.ListMandatesRequest(**fields)).mandates
        return [(one.principal, one.agent, one.mandate.used_fen) for one in found]

    for used_fen in (1, 2):
        world.write_block(make_mandate(A, C, used_fen))
    assert ask() == [(A, B, 0), (A, C, 2), (B, C, 0)]
    assert ask(principal=A) == [(A, B, 0), (A, C, 2)]
    assert ask(agent=C) == [(A, C, 2), (B, C, 0)]
    assert ask(principal=B, agent=C) == [(B, C, 0)]
    assert ask(principal=C) == []


def test_credentials_are_listed_by_subject_and_by_issuer(world):
    world.write_block(
        make_credential(A, B) | make_credential(A, C, pb.KYC, PERSON) | make_credential(A, B, pb.KYC, PERSON)
        | make_credential(C, B)
    )  # fmt: skip

    def ask(**fields):
        return register_views.list_credentials(world.connection, view.ListCredentialsRequest(**fields)).credentials

    found = [(one.credential.subject, one.credential.kind, one.credential.issuer) for one in ask()]
    assert found == [(A, pb.KYB, B), (A, pb.KYC, B), (A, pb.KYC, C), (C, pb.KYB, B)]
    assert [one.credential.person for one in ask(subject=A)] == [b"", PERSON, PERSON]
    assert [one.credential.subject for one in ask(issuer=B)] == [A, A, C]
    assert {one.state.status for one in ask()} == {pb.CREDENTIAL_VALID}
    world.write_block({}, time_ms=NOW_MS + DAY_MS)
    assert {one.state.status for one in ask()} == {pb.CREDENTIAL_EXPIRED}


def test_records_of_other_domains_are_passed_over(world):
    world.write_block({"limits": make_record(pb.SetPolicy()), f"organisation/{A}": make_record(pb.Organisation())})
    assert world.connection.exec_driver_sql("SELECT count(*) FROM register_rows").scalar_one() == 0


def test_a_deletion_which_nobody_does_changes_nothing(world):
    world.write_block(make_mandate(A, B))
    world.write_block({records.compute_mandate_key(A, B): None})
    assert len(register_views.list_mandates(world.connection, view.ListMandatesRequest()).mandates) == 1


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("ask", "request_", "field"),
    [
        (register_views.list_proposals, view.ListProposalsRequest.FromString(b"\x08\x63"), "status"),
        (register_views.list_proposals, view.ListProposalsRequest(proposer="x"), "proposer"),
        (register_views.list_proposals, view.ListProposalsRequest(page_size=501), "page_size"),
        (register_views.list_authorities, view.ListAuthoritiesRequest(cursor=b"x"), "cursor"),
        (register_views.list_reenrolments, view.ListReenrolmentsRequest.FromString(b"\x08\x63"), "status"),
        (register_views.list_mandates, view.ListMandatesRequest(principal="\u4e00"), "principal"),
        (register_views.list_mandates, view.ListMandatesRequest(agent=A[:-1]), "agent"),
        (register_views.list_credentials, view.ListCredentialsRequest(subject="/"), "subject"),
        (register_views.list_credentials, view.ListCredentialsRequest(issuer="/"), "issuer"),
    ],
)
def test_a_request_that_can_name_nothing_is_malformed(world, ask, request_, field):
    with pytest.raises(MalformedInput) as caught:
        ask(world.connection, request_)
    assert caught.value.field == field


@pytest.mark.parametrize("place", [b"", b"\xff", b"organisation/", b"mandate/"])
def test_a_forged_place_is_malformed(world, place):
    request = view.ListProposalsRequest()
    with pytest.raises(MalformedInput) as caught:
        ask_proposals(world, cursor=encode_cursor(request, Position(0, NOW_MS), place))
    assert caught.value.field == "cursor"


@pytest.mark.parametrize("mark", ["", B])
def test_the_lists_use_their_indexes(world, mark):
    beginning = records.MANDATE_PREFIX if mark else f"{records.MANDATE_PREFIX}{A}/"
    condition = register_views._has_mark(mark)
    for place in (None, b"mandate/"):
        query = register_views._select_page(beginning, beginning, condition, Page(Position(1, NOW_MS), 5, place))
        plan = "\n".join(explain(world.connection, query))
        wanted = "register_rows_mark" if mark else "register_rows_pkey|PRIMARY KEY"
        assert re.search(wanted, plan), plan
        assert "SCAN register_rows" not in plan, plan
        assert "Seq Scan" not in plan, plan


async def test_the_service_answers_what_it_declares(world):
    world.write_block(make_proposal(f"{A}.1") | make_mandate(A, B) | make_credential(A, B) | make_reenrolment(A, 9))

    async def read(question):
        return question(world.connection)

    service = GovernanceService(read)
    assert (await service.get_electorate(view.GetElectorateRequest(), None)).height == 1
    found = await service.get_proposal(view.GetProposalRequest(id=f"{A}.1"), None)
    assert found is not None
    assert (await service.list_proposals(view.ListProposalsRequest(), None)).proposals[0] == found
    assert not (await service.list_authorities(view.ListAuthoritiesRequest(), None)).authorities
    assert (await service.list_mandates(view.ListMandatesRequest(), None)).mandates[0].agent == B
    assert (await service.list_credentials(view.ListCredentialsRequest(), None)).credentials[0].credential.issuer == B
    assert (await service.list_reenrolments(view.ListReenrolmentsRequest(), None)).reenrolments[0].organisation == A
