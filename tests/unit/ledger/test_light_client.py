"""From trusted validators to later ones, against CometBFT's light client; and what a trust file may name."""

import pytest

from ledger.errors import MalformedInput
from ledger.finality import NANOS_PER_MS, compute_header_hash, find_fault, read_light_block
from ledger.light_client import advance, find_step_fault, open_basis
from ledger.trust import CLOCK_TOLERANCE_MS
from ledger.verify_forms import render_binary
from tests.support.light_blocks import (
    SEEDS,
    make_header,
    make_light_block,
    make_network_trust,
    open_trusted,
    read_vector,
    read_vectors,
)
from tests.support.proof_world import START_MS

APP = bytes([9]) * 32


@pytest.mark.parametrize("vector", read_vectors("steps"), ids=lambda vector: vector["name"])
def test_a_step_is_taken_where_the_engines_light_client_takes_it(vector):
    basis, block = open_trusted(read_vector(vector["trusted"])), read_light_block(read_vector(vector["next"]))
    now_ms, period_ms = vector["now_ms"], vector["trusting_period_ms"]
    holds = (
        find_fault(block, vector["next"]["chain_id"]) is None
        and find_step_fault(basis, block) is None
        and now_ms * NANOS_PER_MS < basis.time_ns + period_ms * NANOS_PER_MS
        and block.time_ns <= (now_ms + CLOCK_TOLERANCE_MS) * NANOS_PER_MS
    )
    assert holds == vector["holds"]


def test_the_trusted_header_itself_needs_no_step():
    basis = open_basis(make_header_trust())
    block = make_light_block(APP, height=9)
    assert find_step_fault(basis, read_light_block(block)) is None
    assert basis.header_hash == compute_header_hash(read_light_block(block).header)
    other = read_light_block(make_light_block(bytes(32), height=9))
    assert "does not come after" in str(find_step_fault(basis, other))
    # A light block that was reached is not met again.
    assert "does not come after" in str(find_step_fault(open_trusted(block), read_light_block(block)))


def test_genesis_is_followed_by_the_first_height():
    basis = open_basis(make_network_trust())
    first = read_light_block(make_light_block(APP, height=1, time_ms=START_MS))
    assert find_step_fault(basis, first) is None
    assert find_step_fault(basis, read_light_block(make_light_block(APP, height=1, time_ms=START_MS - 1))) is not None
    strangers = read_light_block(make_light_block(APP, height=1, seeds=SEEDS[:5]))
    assert "had announced" in str(find_step_fault(basis, strangers))
    assert find_step_fault(basis, read_light_block(make_light_block(APP, height=2, seeds=SEEDS[:5]))) is None
    assert find_step_fault(advance(first), read_light_block(make_light_block(APP, height=3))) is None


def make_header_trust(**changes):
    """A trust file with one trusted header."""
    header = make_header(APP, height=9, next_seeds=SEEDS[:4])
    trust = make_network_trust(genesis_time_ms=0, trusted_header=render_binary(header))
    for name, value in changes.items():
        setattr(trust, name, value)
    return trust


def test_a_trusted_header_announces_who_comes_after_it():
    basis = open_basis(make_header_trust())
    assert (basis.height, basis.time_ns) == (9, (START_MS + 10_000) * NANOS_PER_MS)
    assert len(basis.validators) == 4


def is_malformed(trust) -> bool:
    with pytest.raises(MalformedInput):
        open_basis(trust)
    return True


def test_what_a_trust_file_names_goes_together():
    assert is_malformed(make_network_trust(trusting_period_ms=0))
    assert is_malformed(make_network_trust(genesis_time_ms=0))
    assert is_malformed(make_header_trust(genesis_time_ms=START_MS))
    assert is_malformed(make_header_trust(trusted_header=b"no header"))
    others = render_binary(make_header(APP, next_seeds=SEEDS[:5]))
    assert is_malformed(make_header_trust(trusted_header=others))
    foreign = make_header(APP)
    foreign.chain_id = "another"
    assert is_malformed(make_header_trust(trusted_header=render_binary(foreign)))
    turned = make_network_trust()
    listed = list(reversed(turned.validators))
    del turned.validators[:]
    turned.validators.extend(listed)
    assert is_malformed(turned)
    twice = make_network_trust()
    twice.validators.append(twice.validators[-1])
    assert is_malformed(twice)
