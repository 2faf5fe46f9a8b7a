"""Key files: written safely, read without trust."""

import json
import stat

import pytest
from nacl import pwhash

from hefu.v1 import identity_pb2 as pb
from identity.rules import is_possession_proved
from ledger.errors import MalformedInput
from nodes.genesis_file import make_uscc
from nodes.keys import WrongPassphrase, compute_person, make_key, parse_key, read_key, write_key, write_private

ORG = make_uscc(7)
LIMITS = {"ops_limit": pwhash.argon2id.OPSLIMIT_MIN, "memory_limit": pwhash.argon2id.MEMLIMIT_MIN}


@pytest.fixture
def key():
    return make_key(ORG, "staff 0017", [pb.CHECKER, pb.MAKER])


def write(path, key, passphrase=None):
    write_key(path, key, passphrase, **LIMITS)
    return json.loads(path.read_text())


def test_a_key_comes_back_as_it_was_written(tmp_path, key):
    write(tmp_path / "k.json", key)
    assert read_key(tmp_path / "k.json").open(None) == key
    assert key.roles == (pb.MAKER, pb.CHECKER)


def test_only_the_owner_reads_a_key_file(tmp_path, key):
    write(tmp_path / "k.json", key)
    assert stat.S_IMODE((tmp_path / "k.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_a_key_is_never_written_over_a_file(tmp_path, key):
    (tmp_path / "k.json").write_text("something")
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "k.json", key)
    assert (tmp_path / "k.json").read_text() == "something"
    assert [path.name for path in tmp_path.iterdir()] == ["k.json"]


def test_a_private_file_is_whole_or_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "nowhere" / "f", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_sealed_key_opens_with_its_passphrase_only(tmp_path, key):
    fields = write(tmp_path / "k.json", key, "geheim 口令")
    file = read_key(tmp_path / "k.json")
    assert file.key is None
    assert file.open("geheim 口令") == key
    assert key.seed.hex() not in json.dumps(fields)
    for wrong in (None, "", "geheim"):
        with pytest.raises(WrongPassphrase):
            file.open(wrong)


def test_a_sealed_key_of_another_public_half_is_refused(tmp_path, key):
    fields = write(tmp_path / "k.json", key, "p")
    fields["public_key"] = "11" * 32
    with pytest.raises(MalformedInput):
        parse_key(json.dumps(fields).encode()).open("p")


def test_a_printed_key_shows_no_seed(key):
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in repr(key)


def test_the_proof_of_possession_satisfies_the_registrar(key):
    assert is_possession_proved(ORG, key.to_new_key(1, 2))
    assert not is_possession_proved(make_uscc(8), key.to_new_key(1, 2))


def test_a_person_has_one_commitment_with_one_salt(key):
    again = make_key(ORG, "staff 0017", [pb.OWNER], key.person_salt)
    assert again.person == key.person
    assert again.seed != key.seed
    assert make_key(ORG, "staff 0017", [pb.OWNER]).person != key.person
    assert compute_person(ORG, "\udcff", b"salt") != compute_person(ORG, "", b"salt")


@pytest.mark.parametrize(
    ("organisation", "person", "roles"),
    [("91350100M000100Y44", "p", [1]), (ORG, "  ", [1]), (ORG, "p", []), (ORG, "p", [pb.SERVICE, pb.MAKER])],
)
def test_a_key_needs_an_organisation_a_person_and_roles(organisation, person, roles):
    with pytest.raises(MalformedInput):
        make_key(organisation, person, roles)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"\xff\xfe", b"null", b"{}", b'{"format":"hefu-key-1"}', b"[" * 10_000, b" " * 20_000],
)
def test_what_is_no_key_file_is_malformed(data):
    with pytest.raises(MalformedInput):
        parse_key(data)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "hefu-key-2"}, {"organisation": "x"}, {"organisation": 5}, {"roles": []}, {"roles": ["boss"]},
        {"roles": [[]]}, {"roles": "maker"}, {"public_key": "zz"}, {"public_key": None}, {"person": "00"},
        {"seed": "00"}, {"seed": "11" * 32}, {"person_salt": 3}, {"sealed": 1},
        {"sealed": {}}, {"sealed": {"kdf": "argon2id"}},
    ],
)  # fmt: skip
def test_a_changed_key_file_is_malformed(tmp_path, key, change):
    fields = write(tmp_path / "k.json", key) | change
    with pytest.raises(MalformedInput):
        parse_key(json.dumps(fields).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"ops_limit": 10**9},
        {"memory_limit": 1 << 40},
        {"ops_limit": True},
        {"ops_limit": "1"},
        {"salt": ""},
        {"box": "00"},
    ],
)
def test_a_file_may_not_make_its_reader_work_without_bound(tmp_path, key, change):
    fields = write(tmp_path / "k.json", key, "p")
    fields["sealed"] |= change
    with pytest.raises(MalformedInput):
        parse_key(json.dumps(fields).encode())
