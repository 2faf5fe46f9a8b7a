"""Witnesses as the configuration names them, and the errors of whoever writes one."""

import pytest

from ledger.errors import MalformedInput
from ledger.notes import COSIGNATURE_V1
from nodes.config import CONFIG_FILE, load_config, render_config
from nodes.cosigners.address import parse_addresses
from tests.support.proof_world import render_key

KEYS = [render_key(f"w{number}.example", bytes([number + 1]) * 32, COSIGNATURE_V1) for number in range(17)]
URL = "http://127.0.0.1:7420"


def load(tmp_path, text, **environment):
    (tmp_path / CONFIG_FILE).write_text(text, encoding="utf-8")
    return load_config(tmp_path, environment)


def test_a_key_a_space_and_a_url():
    first, second = parse_addresses([f"{KEYS[0]} {URL}/", f" {KEYS[1]}  https://w.example/a/b "])
    assert (first.key.render(), first.url) == (KEYS[0], URL)
    assert (second.key.render(), second.url) == (KEYS[1], "https://w.example/a/b")


def test_the_file_and_the_environment_name_them(tmp_path):
    given = (f"{KEYS[0]} {URL}", f"{KEYS[1]} {URL}/b")
    assert load(tmp_path, render_config({"witnesses": given})).witnesses == given
    assert load(tmp_path, "", HEFU_NODE_WITNESSES=f"{given[0]}, {given[1]}").witnesses == given
    assert load(tmp_path, render_config({})).witnesses == ()
    assert load(tmp_path, f"witnesses = ['{given[0]}']", HEFU_NODE_WITNESSES="").witnesses == ()


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        ([KEYS[0]], "a space and a URL"),
        ([f"w+00000000+AAAA {URL}"], "the key of"),
        ([f"{render_key('log.example', bytes(32))} {URL}"], "signs without a time"),
        ([f"{KEYS[0]} {URL}", f"{render_key('other.example', bytes([1]) * 32, COSIGNATURE_V1)} {URL}"], "twice"),
        ([f"{key} {URL}" for key in KEYS], "at most 16"),
    ],
)
def test_what_is_no_witness_is_refused_before_the_start(tmp_path, texts, reason):
    with pytest.raises(MalformedInput, match="witnesses: ") as refused:
        load(tmp_path, render_config({"witnesses": texts}))
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "w.example", "ftp://w.example", "http://", "http://w.example:0", "http://w.example:99999", "http://[::1",
        "http://w.example/?a", "http://w.example/#a", "http://a:b@w.example", "http://w.example/a b", "http://合.example",
        "http://w.example/a,b",
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(url):
    with pytest.raises(ValueError, match="is not the URL of a witness"):
        parse_addresses([f"{KEYS[0]} {url}"])


@pytest.mark.parametrize("line", ["http_listen = '0.0.0.0:80'", "witness_seconds = 0", "witness_patience_ms = 1"])
def test_the_fields_beside_are_bounded(tmp_path, line):
    with pytest.raises(MalformedInput, match=line.partition(" ")[0]):
        load(tmp_path, line)
