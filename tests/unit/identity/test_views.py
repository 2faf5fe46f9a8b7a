import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hefu.v1 import identity_pb2 as pb
from hefu.v1 import node_pb2
from identity.records import compute_key_key, compute_organisation_key
from identity.views import IdentityView, get_organisation, list_organisations, metadata
from ledger.errors import MalformedInput
from ledger.store.paging import Position, encode_cursor
from tests.support.view_world import NOW_MS, ViewWorld, make_organisation, make_record, make_uscc

FIRST, SECOND, THIRD = sorted(make_uscc(number) for number in range(1, 4))


@pytest.fixture
def world(database_url):
    made = ViewWorld(
        database_url, [IdentityView()], admit(FIRST, "One", pb.BANK, pb.REGISTRAR) | give(FIRST, b"b" * 32)
    )
    made.write_block(admit(SECOND, "Two", pb.SUPPLIER) | admit(THIRD, "Three", pb.BANK, pb.AUDITOR))
    yield made
    made.close()


def admit(organisation, name, *roles):
    return {compute_organisation_key(organisation): make_record(make_organisation(name, *roles))}


def give(organisation, public_key, **fields):
    record = pb.KeyRecord(organisation=organisation, person=bytes(32), algorithm=1, **fields)
    return {compute_key_key(public_key): make_record(record)}


def ask(world, **fields):
    return list_organisations(world.connection, node_pb2.ListOrganisationsRequest(**fields))


def names(page):
    return [view.organisation.name for view in page.organisations]


def test_the_migration_makes_the_tables_of_the_code(world):
    own = {table.name for table in metadata.tables.values()}
    found = compare_metadata(MigrationContext.configure(world.connection), metadata)
    assert [change for change in found if not (change[0].startswith("remove") and change[1].name not in own)] == []


def test_an_organisation_is_shown_with_its_keys(world):
    world.write_block(give(FIRST, b"a" * 32) | give(FIRST, b"b" * 32, revoked_at_ms=5) | give(SECOND, b"c" * 32))
    view = get_organisation(world.connection, node_pb2.GetOrganisationRequest(id=FIRST))
    assert view is not None
    assert (view.id, view.organisation.name) == (FIRST, "One")
    assert [(key.public_key, key.key.revoked_at_ms) for key in view.keys] == [(b"a" * 32, 0), (b"b" * 32, 5)]


@pytest.mark.parametrize("name", ["", "\x00", "x", make_uscc(9)])
def test_an_unknown_organisation_is_not_found(world, name):
    assert get_organisation(world.connection, node_pb2.GetOrganisationRequest(id=name)) is None


def test_a_list_is_narrowed_by_role_and_sorted_by_id(world):
    assert names(ask(world)) == ["One", "Two", "Three"]
    assert names(ask(world, role=pb.BANK)) == ["One", "Three"]
    assert names(ask(world, role=pb.AUDITOR)) == ["Three"]
    assert names(ask(world, role=pb.COURT)) == []


def test_a_cursor_stays_while_blocks_go_on(world):
    page = ask(world, page_size=1)
    assert list(page.organisations[0].keys) == [
        node_pb2.KeyView(public_key=b"b" * 32, key=page.organisations[0].keys[0].key)
    ]
    world.write_block(admit(SECOND, "Two, renamed", pb.BANK) | give(SECOND, b"z" * 32))
    page = ask(world, page_size=1, cursor=page.next_cursor)
    assert names(page) == ["Two"]
    assert list(page.organisations[0].keys) == []
    page = ask(world, cursor=page.next_cursor)
    assert (names(page), page.next_cursor) == (["Three"], b"")
    assert names(ask(world, role=pb.BANK)) == ["One", "Two, renamed", "Three"]


def test_records_of_other_domains_are_passed_over(world):
    world.write_block({"limits": make_record(node_pb2.GetStatusRequest())})
    assert names(ask(world)) == ["One", "Two", "Three"]


def test_a_deletion_which_nobody_does_changes_nothing(world):
    world.write_block({compute_organisation_key(SECOND): None})
    assert names(ask(world)) == ["One", "Two", "Three"]


@pytest.mark.parametrize("fields", [{"role": 99}, {"role": -1}, {"page_size": 501}, {"cursor": b"x"}])
def test_a_request_that_can_name_nothing_is_malformed(world, fields):
    with pytest.raises(MalformedInput) as caught:
        ask(world, **fields)
    assert caught.value.field == next(iter(fields))


@pytest.mark.parametrize("place", [b"", b"\xff", b"x"])
def test_a_forged_place_is_malformed(world, place):
    request = node_pb2.ListOrganisationsRequest()
    with pytest.raises(MalformedInput):
        ask(world, cursor=encode_cursor(request, Position(0, NOW_MS), place))
