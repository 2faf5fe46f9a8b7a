from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import MalformedInput
from nodes.config import CONFIG_FILE, NodeConfig, load_config, parse_listen, render_config


def load(tmp_path, text, **environment):
    (tmp_path / CONFIG_FILE).write_text(text, encoding="utf-8")
    return load_config(tmp_path, environment)


def refusal(tmp_path, text, **environment):
    with pytest.raises(MalformedInput) as refused:
        load(tmp_path, text, **environment)
    return str(refused.value)


def test_what_is_rendered_is_read_back(tmp_path):
    values: dict[str, Any] = {"origin": "合符/log", "listen": "[::1]:0", "processes": 1}
    assert load(tmp_path, render_config(values)) == NodeConfig(**values)


def test_the_environment_overrides_the_file(tmp_path):
    config = load(tmp_path, "processes = 2\nread_threads = 3", HEFU_NODE_PROCESSES="1", PATH="x")
    assert (config.processes, config.read_threads) == (1, 3)


def test_an_unknown_field_of_the_file_is_named(tmp_path):
    text = refusal(tmp_path, "procesess = 1")
    assert CONFIG_FILE in text
    assert "procesess: there is no such field" in text


def test_an_unknown_variable_is_named(tmp_path):
    assert refusal(tmp_path, "", HEFU_NODE_PROT="1") == "HEFU_NODE_PROT: prot: there is no such field"


@pytest.mark.parametrize("name", ["_env_file", "_build_sources", "__pydantic_self__", "_cli_parse_args", "_env_prefix"])
def test_a_name_that_the_library_knows_is_no_field(tmp_path, name):
    assert f"{name}: there is no such field" in refusal(tmp_path, f"{name} = 5")
    assert "there is no such field" in refusal(tmp_path, "", **{f"HEFU_NODE_{name.upper()}": "5"})


@pytest.mark.parametrize("line", ["processes = 3", "processes = 'two'", "block_transactions = 0", "log_format = 'xml'"])
def test_a_value_out_of_bounds_names_file_field_and_value(tmp_path, line):
    text = refusal(tmp_path, line)
    field, _, value = line.partition(" = ")
    assert f"{CONFIG_FILE}: {field}: " in text
    assert value.strip("'") in text


@pytest.mark.parametrize("listen", ["0.0.0.0:7310", "192.168.1.4:1", "[::]:80", "example.com:80"])
def test_an_address_that_strangers_can_reach_is_refused(tmp_path, listen):
    assert "listen" in refusal(tmp_path, f"listen = '{listen}'")


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:²"])
def test_what_is_no_address_is_refused(listen):
    with pytest.raises(ValueError):
        parse_listen(listen)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "127.8.8.8:65535", "[::1]:7310", "localhost:7310"])
def test_loopback_is_served(listen):
    assert parse_listen(listen)[1] == int(listen.rpartition(":")[2])


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(MalformedInput, match="hefu node init"):
        load_config(tmp_path, {})


def outcome(folder, **environment) -> str:
    """The refusal, or nothing where the configuration was read."""
    try:
        load_config(folder, environment)
    except MalformedInput as refused:
        return str(refused)
    return ""


@given(content=st.binary(max_size=200))
def test_whatever_the_file_holds_only_malformed_input_is_raised(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("config")
    (folder / CONFIG_FILE).write_bytes(content)
    text = outcome(folder)
    assert not text or str(folder / CONFIG_FILE) in text


@given(
    value=st.text(st.characters(exclude_characters="\x00"), max_size=30),
    field=st.sampled_from(list(NodeConfig.model_fields)),
)
def test_whatever_a_variable_holds_only_malformed_input_is_raised(tmp_path_factory, value, field):
    folder = tmp_path_factory.mktemp("config")
    (folder / CONFIG_FILE).write_text("", encoding="utf-8")
    name = "HEFU_NODE_" + field.upper()
    text = outcome(folder, **{name: value})
    assert not text or f"{name}: {field}: " in text


@pytest.mark.parametrize(
    "url", ["garbage", "sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "mysql://u:SECRET@h/x",
            "postgresql://u:SECRET@h/x", "postgresql+psycopg://u:SECRET@h:port/x"],
)  # fmt: skip
def test_a_database_on_which_no_node_runs_is_refused_without_its_password(tmp_path, url):
    text = refusal(tmp_path, f"database = '{url}'")
    assert "database: " in text
    assert "SECRET" not in text


def test_a_database_of_postgresql_is_taken(tmp_path):
    (tmp_path / CONFIG_FILE).write_text("database = 'postgresql+psycopg://u:SECRET@h/x'", encoding="utf-8")
    assert load_config(tmp_path, {}).database == "postgresql+psycopg://u:SECRET@h/x"


def test_what_is_rendered_reads_back_whatever_it_holds(tmp_path):
    values = {"origin": 'a "b" \\ 合符\t', "database": "sqlite:///C:\\x"}
    (tmp_path / CONFIG_FILE).write_text(render_config(values), encoding="utf-8")
    config = load_config(tmp_path, {})
    assert {name: getattr(config, name) for name in values} == values


def test_logs_to_fill_ours_from_are_http_addresses(tmp_path):
    config = load(tmp_path, 'backfill_from = "http://127.0.0.1:8080/log  https://bank.example"')
    assert config.backfill_from.split() == ["http://127.0.0.1:8080/log", "https://bank.example"]
    assert "begin with http://" in refusal(tmp_path, 'backfill_from = "ftp://bank.example"')
