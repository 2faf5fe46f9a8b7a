from pathlib import Path

import pytest
from nacl.signing import SigningKey
from sqlalchemy import make_url

from hefu.v1 import identity_pb2 as pb
from identity.genesis import build_records, parse_genesis
from ledger.errors import MalformedInput
from ledger.store.database import open_engine
from ledger.store.postgres import hold_database
from ledger.store.sql import SqlStore
from ledger.trust import open_trust
from ledger.verify import parse_trust
from nodes.config import load_config
from nodes.directory import (
    BEGUN_FILE,
    GENESIS_FILE,
    LOG_KEY,
    REGISTRAR_KEYS,
    SERVICE_KEY,
    TRUST_FILE,
    NodeDirectory,
    init_node,
    make_seed_file,
    read_seed,
)
from nodes.engines.cometbft.home import NamedValidator
from nodes.genesis_file import (
    HOLIDAYS_2026,
    WORKDAYS_2026,
    build_calendar,
    build_genesis,
    build_policy,
    build_registrar,
    make_uscc,
)
from nodes.housekeeper import read_service_key
from nodes.keys import read_key
from nodes.lock import hold_lock
from nodes.wiring import compute_network
from receivables.days import compute_calendar, is_business_day


def test_a_development_node_has_its_registrars_keys(tmp_path):
    config = init_node(tmp_path / "data")
    genesis = parse_genesis((tmp_path / "data" / GENESIS_FILE).read_bytes())
    (founder,) = genesis.founders
    keys = {read_key(tmp_path / "data" / name).open(None).public_key for name in (*REGISTRAR_KEYS, SERVICE_KEY)}
    assert {key.public_key for key in founder.keys} == keys
    assert list(founder.roles) == [pb.REGISTRAR]
    assert config.origin == "dev.hefu/log"
    assert config.service_key == SERVICE_KEY
    assert read_service_key(tmp_path / "data", config) is not None
    for name in (LOG_KEY, SERVICE_KEY, *REGISTRAR_KEYS):
        assert (tmp_path / "data" / name).stat().st_mode & 0o777 == 0o600


def test_the_trust_file_names_network_and_both_keys(tmp_path):
    init_node(tmp_path)
    trust = parse_trust((tmp_path / TRUST_FILE).read_bytes())
    assert trust.network == compute_network(parse_genesis((tmp_path / GENESIS_FILE).read_bytes()))
    assert [signer.key.algorithm for signer in open_trust(trust).signers] == [1, 4]
    assert not trust.simulated_clock


def test_a_genesis_at_fault_leaves_no_node(tmp_path):
    with pytest.raises(MalformedInput):
        init_node(tmp_path, b"junk")
    with pytest.raises(MalformedInput, match="REGISTRAR"):
        init_node(tmp_path, build_genesis("x", 1, []))
    no_ca = pb.AuthorityChange(certificate=b"0\x00", name="CA")
    with pytest.raises(MalformedInput, match="authority's certificate cannot be read"):
        init_node(tmp_path, build_genesis("x", 1, [build_registrar()], authorities=[no_ca]))
    founder = build_registrar()
    validator = NamedValidator(bytes(SigningKey(bytes(32)).verify_key), 10, "n").build_entry(founder.organisation)
    with pytest.raises(MalformedInput, match="engine: must be cometbft"):
        init_node(tmp_path, build_genesis("x", 1, [founder], validators=[validator]))
    assert not (tmp_path / "config.toml").exists()
    assert not (tmp_path / "ledger.db").exists()


def test_a_setting_at_fault_is_named(tmp_path):
    with pytest.raises(MalformedInput, match="listen"):
        init_node(tmp_path, settings={"listen": "0.0.0.0:1"})
    assert list(tmp_path.iterdir()) == []


def test_everything_is_its_owners_alone(tmp_path):
    init_node(tmp_path / "data")
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700
    found = {path.relative_to(tmp_path): path.stat().st_mode & 0o077 for path in (tmp_path / "data").rglob("*")}
    assert Path("data/ledger.db") in found
    assert set(found.values()) == {0}


def test_only_an_absent_or_an_empty_directory_is_taken(tmp_path, monkeypatch):
    (tmp_path / "used" / "keys").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    for name in ("used", "file"):
        with pytest.raises(MalformedInput, match="neither"):
            init_node(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "keys", "used"]
    (tmp_path / "empty").mkdir()
    init_node(tmp_path / "empty")
    with pytest.raises(MalformedInput, match="there is a node already"):
        init_node(tmp_path / "empty")
    monkeypatch.chdir(tmp_path / "used" / "keys")
    with pytest.raises(MalformedInput, match="not the current one"):
        init_node(Path(""))


def test_what_a_killed_init_left_is_in_nobodys_way(tmp_path):
    left = tmp_path / ".data.new"
    (left / "keys").mkdir(parents=True)
    for name in ("lock", "genesis.bin", "ledger.db", "keys/log.key"):
        (left / name).write_bytes(b"torn")
    init_node(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert load_config(tmp_path / "data", {}).origin == "dev.hefu/log"


def test_an_init_that_fails_leaves_nothing_and_two_at_once_do_not_meet(tmp_path):
    with pytest.raises(MalformedInput):
        init_node(tmp_path / "data", b"junk")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".data.new").mkdir()
    with hold_lock(tmp_path / ".data.new", 0), pytest.raises(MalformedInput, match="another process"):
        init_node(tmp_path / "data")
    assert [path.name for path in tmp_path.iterdir()] == [".data.new"]


def test_a_database_in_use_is_named_without_its_password(tmp_path, monkeypatch):
    init_node(tmp_path / "data")
    engine = open_engine(f"sqlite:///{tmp_path / 'data' / 'ledger.db'}")
    url = engine.url.set(drivername="postgresql+psycopg", username="u", password="secret", host="h")
    monkeypatch.setattr(engine, "url", url)
    monkeypatch.setattr("nodes.directory.open_engine", lambda _: engine)
    with pytest.raises(MalformedInput, match="holds a ledger already") as refused:
        init_node(tmp_path / "other")
    assert "secret" not in str(refused.value)


def list_begun(folder: Path) -> list[str]:
    """What lies in the folder of an init that was cut short."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_node_is_made_whole_on_postgresql(tmp_path, postgres_url):
    config = init_node(tmp_path / "data", settings={"database": postgres_url})
    node = NodeDirectory(tmp_path / "data")
    assert node.get_url(load_config(tmp_path / "data", {})) == config.database == postgres_url
    assert not (tmp_path / "data" / "ledger.db").exists()
    assert not (tmp_path / "data" / BEGUN_FILE).exists()
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        node.check_ledger(SqlStore(connection), config.origin)
        before = SqlStore(connection).read_head()
    with pytest.raises(MalformedInput, match="holds a ledger already"):
        init_node(tmp_path / "other", settings={"database": postgres_url})
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    with engine.connect() as connection:
        assert SqlStore(connection).read_head() == before
    engine.dispose()


def test_a_database_that_is_held_or_cannot_be_reached_leaves_nothing(tmp_path, postgres_url):
    engine = open_engine(postgres_url)
    with hold_database(engine, 0), pytest.raises(MalformedInput, match="another process"):
        init_node(tmp_path / "data", settings={"database": postgres_url})
    engine.dispose()
    url = make_url(postgres_url).set(database="absent", password="SECRET").render_as_string(hide_password=False)
    with pytest.raises(MalformedInput, match="absent") as refused:
        init_node(tmp_path / "data", settings={"database": url})
    assert "SECRET" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


class Killed(BaseException):
    """The process ended here."""


def kill(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("after_block_0", [False, True])
def test_an_init_that_was_cut_short_on_another_database_is_finished_by_the_next(
    tmp_path, database_url, monkeypatch, after_block_0
):
    folder, settings = tmp_path / "new", {"database": database_url}
    folder.mkdir()
    with monkeypatch.context() as patch:
        if after_block_0:
            patch.setattr("pathlib.Path.rename", kill)
        else:
            patch.setattr("nodes.directory.begin_ledger", kill)
        with pytest.raises(Killed):
            init_node(folder / "data", settings=settings)
    left = folder / ".data.new"
    seed = read_seed(left / LOG_KEY)
    assert BEGUN_FILE in list_begun(left)
    config = init_node(folder / "data", settings=settings)
    assert [path.name for path in folder.iterdir()] == ["data"]
    assert read_seed(folder / "data" / LOG_KEY) == seed
    assert BEGUN_FILE not in list_begun(folder / "data")
    engine = open_engine(database_url)
    with engine.connect() as connection:
        NodeDirectory(folder / "data").check_ledger(SqlStore(connection), config.origin)
    engine.dispose()


def test_an_init_that_was_cut_short_is_not_finished_as_something_else(tmp_path, postgres_url, monkeypatch):
    genesis = build_genesis("a.b", 1_700_000_000_000, [build_registrar()])
    settings = {"database": postgres_url}
    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.rename", kill)
        with pytest.raises(Killed):
            init_node(tmp_path / "data", genesis, settings)
    before = list_begun(tmp_path / ".data.new")
    other = build_genesis("a.b", 1_700_000_000_001, [build_registrar()])
    for asked in ((other, settings), (None, settings), (genesis, {}), (genesis, settings | {"listen": "127.0.0.1:1"})):
        with pytest.raises(MalformedInput, match="cut short here"):
            init_node(tmp_path / "data", *asked)
    assert list_begun(tmp_path / ".data.new") == before
    assert init_node(tmp_path / "data", genesis, settings).origin == "a.b/log"


def test_an_init_that_was_cut_short_does_not_take_another_ledger_for_its_own(tmp_path, postgres_url, monkeypatch):
    settings = {"database": postgres_url}
    with monkeypatch.context() as patch:
        patch.setattr("nodes.directory.begin_ledger", kill)
        with pytest.raises(Killed):
            init_node(tmp_path / "data", settings=settings)
    init_node(tmp_path / "other", settings=settings)
    with pytest.raises(MalformedInput, match=GENESIS_FILE):
        init_node(tmp_path / "data", settings=settings)
    assert BEGUN_FILE in list_begun(tmp_path / ".data.new")


@pytest.mark.parametrize("name", [GENESIS_FILE, LOG_KEY, "ledger.db"])
def test_what_belongs_to_another_node_is_named(tmp_path, name):
    config, _ = init_node(tmp_path / "data"), init_node(tmp_path / "other")
    node = NodeDirectory(tmp_path / "data")
    (tmp_path / "other" / name).rename(tmp_path / "data" / name)
    engine = open_engine(node.get_url(config))
    with engine.connect() as connection:
        store = SqlStore(connection)
        with pytest.raises(MalformedInput, match=LOG_KEY if name == LOG_KEY else GENESIS_FILE):
            node.check_ledger(store, config.origin)
    engine.dispose()


def test_the_origin_never_changes_and_a_database_holds_a_ledger(tmp_path):
    config = init_node(tmp_path / "data")
    node = NodeDirectory(tmp_path / "data")
    engine = open_engine(node.get_url(config))
    with engine.connect() as connection:
        store = SqlStore(connection)
        node.check_ledger(store, config.origin)
        with pytest.raises(MalformedInput, match="not of 'evil/log'"):
            node.check_ledger(store, "evil/log")
        connection.exec_driver_sql("DELETE FROM genesis")
        with pytest.raises(MalformedInput, match="no ledger"):
            node.check_ledger(store, config.origin)
    engine.dispose()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_reach_is_refused(tmp_path, mode):
    make_seed_file(tmp_path / "seed")
    (tmp_path / "seed").chmod(mode)
    with pytest.raises(MalformedInput, match="chmod 600"):
        read_seed(tmp_path / "seed")


def test_a_seed_is_never_replaced_and_read_strictly(tmp_path):
    seed = make_seed_file(tmp_path / "seed")
    assert read_seed(tmp_path / "seed") == seed
    with pytest.raises(MalformedInput, match="already"):
        make_seed_file(tmp_path / "seed")
    for text in ("", "ab", "zz" * 32, "ab" * 33):
        (tmp_path / "bad").write_text(text, encoding="utf-8")
        (tmp_path / "bad").chmod(0o600)
        with pytest.raises(MalformedInput, match="64 hex digits"):
            read_seed(tmp_path / "bad")
    with pytest.raises(MalformedInput, match="cannot be read"):
        NodeDirectory(tmp_path).read_seed("none")


def test_a_genesis_of_plain_values_is_good_and_never_the_same_twice():
    registrar = build_registrar()
    first, second = (build_genesis("a.b", 1_700_000_000_000, [registrar], simulated_clock=True) for _ in range(2))
    assert first != second
    keys = [key for key, _ in build_records(parse_genesis(first))]
    assert {"clock", "limits", "rules/calendar", "rules/identity", "rules/vouchers"} <= set(keys)


def test_policies_of_one_and_of_two_persons():
    assert list(build_policy().rules[0].roles) == [pb.MAKER, pb.CHECKER]
    assert (build_policy(1).rules[0].persons, list(build_policy(1).rules[0].roles)) == (1, [])
    assert make_uscc(1) != make_uscc(2)


def test_the_calendar_of_2026_has_the_days_of_the_notice():
    message = build_calendar()
    calendar = compute_calendar(message)
    assert (len(message.holidays), len(message.workdays)) == (len(HOLIDAYS_2026), len(WORKDAYS_2026))
    assert not any(is_business_day(day, calendar) for day in message.holidays)
    assert all(is_business_day(day, calendar) for day in message.workdays)
