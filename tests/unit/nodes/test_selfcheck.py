import pytest

from ledger.errors import InvariantViolation
from ledger.transaction import decode
from nodes import selfcheck


def test_a_sound_installation_passes():
    selfcheck.check_self()
    assert decode(bytes.fromhex(selfcheck.SIGNED)).id.hex() == selfcheck.ID


@pytest.mark.parametrize(
    ("name", "value", "vector"),
    [
        ("SIGNED", "00", "the encoding of a signed transaction"),
        ("ID", "00" * 32, "the id of a transaction"),
        ("_is_verified", lambda signed: False, "a good signature is accepted"),
        ("_is_verified", lambda signed: True, "a bad signature is refused"),
        ("_is_decoded", lambda signed: True, "an unknown field is refused"),
    ],
)
def test_a_vector_that_fails_is_named(monkeypatch, name, value, vector):
    monkeypatch.setattr(selfcheck, name, value)
    with pytest.raises(InvariantViolation, match=vector):
        selfcheck.check_self()
