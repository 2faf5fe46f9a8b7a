import pytest

from identity import records
from tests.unit.identity.world import CORE, World, person, public


@pytest.mark.parametrize("public_key", [b"", b"x", bytes(31), bytes(33)])
def test_of_other_than_32_bytes_no_key_is_made(public_key):
    context = World().context()
    assert records.get_key(context, public_key) is None
    assert records.get_signer(context, public_key) is None


def test_whose_signature_counts_is_what_is_recorded_of_the_key():
    context = World().context()
    key, signer = records.get_key(context, public("core-maker")), records.get_signer(context, public("core-maker"))
    assert key is not None
    assert signer is not None
    assert (signer.organisation, signer.person) == (key.organisation, key.person) == (CORE, person("core-anna"))
    assert signer.roles == set(key.roles)
    assert (signer.valid_from_ms, signer.valid_until_ms) == (key.valid_from_ms, key.valid_until_ms)
    service = records.get_signer(context, public("core-service"))
    assert service is not None
    assert service.roles == frozenset()
    assert records.get_signer(context, bytes(32)) is None
