import re
import shutil
import subprocess
import tomllib
from functools import cache

import pytest

from nodes.engines.cometbft.settings import ENGINE_VERSION
from tests.support.core import ROOT

BANKS = {"node0", "node1", "node2", "node3"}
WITH_A_VOTE_OR_WITHOUT = BANKS | {"observer0"}
DATABASES = {f"{name}-db" for name in BANKS}
ONCE = {"passwords", "founding"}


def compose(*arguments: str) -> str:
    """What docker-compose makes of the file. Where there is none a test fails: `make compose` installs it."""
    program = ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]
    done = subprocess.run(
        [*program, "--profile", "banks", "config", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def read_services() -> dict[str, str]:
    """The text of each service, as docker-compose understood it."""
    services = compose().partition("services:\n")[2]
    blocks = re.split(r"^  (?=[a-z])", re.split(r"^(?=[a-z])", services, flags=re.MULTILINE)[0], flags=re.MULTILINE)
    return {block.partition(":")[0]: block for block in blocks if block.strip()}


def test_the_file_is_one_that_docker_compose_reads():
    assert set(compose("--services").split()) == {"node"} | WITH_A_VOTE_OR_WITHOUT | DATABASES | ONCE
    assert set(read_services()) == {"node"} | WITH_A_VOTE_OR_WITHOUT | DATABASES | ONCE


def test_a_newcomer_gets_one_node_and_nothing_else():
    assert {name for name, text in read_services().items() if "profiles:" not in text} == {"node"}


@pytest.mark.parametrize("name", sorted({"node"} | WITH_A_VOTE_OR_WITHOUT))
def test_a_node_runs_with_as_little_as_it_needs(name):
    text = read_services()[name]
    assert "user:" not in text  # the image's, who is nobody in particular
    for wanted in ("read_only: true", "- ALL", "no-new-privileges:true", "init: true", "healthcheck:"):
        assert wanted in text
    assert "ports:" not in text


def test_each_bank_has_a_database_and_a_disk_of_its_own():
    for name in WITH_A_VOTE_OR_WITHOUT:
        assert re.findall(r"- (\S+):/node(?::rw)?$", read_services()[name], re.MULTILINE) in ([name], [])
    for name in DATABASES:
        assert f"POSTGRES_PASSWORD_FILE: /passwords/{name.removesuffix('-db')}" in read_services()[name]
        assert "healthcheck:" in read_services()[name]


def test_what_runs_once_comes_before_what_needs_it():
    services = read_services()
    assert all(f"{name}:\n        condition: service_healthy" in services["founding"] for name in DATABASES)
    assert all("founding:\n        condition: service_completed" in services[name] for name in WITH_A_VOTE_OR_WITHOUT)
    assert all("passwords:\n        condition: service_completed" in services[name] for name in DATABASES)


def test_no_secret_and_no_registry_stands_in_the_files():
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.search(r"PASSWORD:|PGPASSWORD|SECRET", text)
    images = re.findall(r"^\s*image: (\S+)$", text, re.MULTILINE)
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {image.partition(":")[0] for image in images} == {"hefu", "postgres", "golang", "python"}


def test_the_image_has_the_pinned_engine_and_no_root():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert f"ARG ENGINE_VERSION={ENGINE_VERSION}" in lines
    assert [line for line in lines if line.startswith("USER")] == ["USER hefu"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"image: hefu:{version}" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["make-passwords", "found-banks"])
def test_the_scripts_are_ones_that_a_shell_reads(name):
    path = ROOT / "docker" / name
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
