"""What a transition may see and do: lapses, locks, overlays, salts."""

import hashlib

import pytest

from hefu.v1 import ledger_pb2 as pb
from ledger.context import MAX_RECORDS_TOUCHED, SALT_TAG, Context, Overlay, Record, compute_salt
from ledger.errors import InvariantViolation, Rejection
from ledger.rejections import TOO_MANY_RECORDS

NOW_MS = 1_000
NONCE = b"n" * 16
SALT = b"s" * 16


class Records(dict[str, Record]):
    """Committed state in a dict."""

    def read(self, key: str) -> Record | None:
        return self.get(key)


def make_context(time_ms: int = NOW_MS, **records: Record) -> tuple[Context, Overlay]:
    overlay = Overlay(Records(records))
    return Context(overlay, time_ms, NONCE), overlay


LOCKED = Record(b"locked", SALT, NOW_MS + 10, b"prior")
LAPSED = Record(b"locked", SALT, NOW_MS, b"prior")
PLAIN = Record(b"plain", SALT)


def test_a_record_means_its_lapse_body_from_that_millisecond_on():
    assert LOCKED.get_meant(NOW_MS + 9) == b"locked"
    assert LOCKED.get_meant(NOW_MS + 10) == b"prior"
    assert LOCKED.get_meant(NOW_MS + 11) == b"prior"
    assert PLAIN.get_meant(2**62) == b"plain"
    assert [LOCKED.is_pending(NOW_MS + at) for at in (9, 10, 11)] == [True, False, False]
    assert not PLAIN.is_pending(0)


def test_a_record_is_encoded_as_the_contract_says_and_read_back():
    assert pb.StateRecord.FromString(PLAIN.encode()) == pb.StateRecord(body=b"plain", salt=SALT)
    encoded = Record(b"locked", SALT, 77, b"").encode()
    message = pb.StateRecord.FromString(encoded)
    assert (message.lapse.at_ms, message.lapse.body, message.HasField("lapse")) == (77, b"", True)
    for record in (PLAIN, LOCKED, Record(b"", SALT), Record(b"locked", SALT, 77, b"")):
        again = Record.decode(record.encode())
        fields = (again.body, again.salt, again.lapse_at_ms, again.lapse_body)
        assert fields == (record.body, record.salt, record.lapse_at_ms, record.lapse_body)
        assert again.encode() is again.encode()
        assert again.encode() == Record(*fields).encode()


def test_a_salt_is_bound_to_nonce_and_key():
    assert compute_salt(NONCE, "a/b") == hashlib.sha256(SALT_TAG + NONCE + b"a/b").digest()[:16]
    assert len({compute_salt(nonce, key) for nonce in (NONCE, b"m" * 16) for key in ("a", "b")}) == 4
    context, overlay = make_context()
    context.put("a", b"x")
    written = overlay.changes["a"]
    assert written is not None
    assert written.salt == compute_salt(NONCE, "a")


def test_get_returns_what_is_meant_now():
    context, _ = make_context(locked=LOCKED, lapsed=LAPSED, plain=PLAIN)
    assert [context.get(key) for key in ("locked", "lapsed", "plain", "none")] == [b"locked", b"prior", b"plain", None]


def test_get_prior_is_what_waits_behind_a_lock():
    context, _ = make_context(locked=LOCKED, lapsed=LAPSED, plain=PLAIN)
    assert [context.get_prior(key) for key in ("locked", "lapsed", "plain", "none")] == [b"prior", None, None, None]


def test_put_writes_and_what_it_wrote_is_read():
    context, overlay = make_context(lapsed=LAPSED)
    context.put("new", b"1")
    context.put("new", b"2")
    context.put("lapsed", b"3", NOW_MS + 1, b"4")
    assert (context.get("new"), context.get("lapsed"), context.get_prior("lapsed")) == (b"2", b"3", b"4")
    assert sorted(overlay.changes) == ["lapsed", "new"]


def test_a_pending_lapse_is_not_overwritten_nor_deleted():
    context, overlay = make_context(locked=LOCKED)
    for forbidden in (lambda: context.put("locked", b""), lambda: context.delete("locked")):
        with pytest.raises(InvariantViolation, match="pending lapse"):
            forbidden()
    assert overlay.changes == {}


@pytest.mark.parametrize("at_ms", [NOW_MS, NOW_MS - 1, -5])
def test_a_lapse_lies_ahead(at_ms):
    context, overlay = make_context(locked=LOCKED)
    with pytest.raises(InvariantViolation, match="ahead"):
        context.put("key", b"x", at_ms, b"y")
    with pytest.raises(InvariantViolation, match="ahead"):
        context.resolve("locked", b"x", at_ms)
    assert overlay.changes == {}


def test_delete_removes_what_is_there_and_nothing_else():
    context, overlay = make_context(plain=PLAIN, lapsed=LAPSED)
    context.delete("plain")
    context.delete("lapsed")
    assert overlay.changes == {"plain": None, "lapsed": None}
    assert context.get("plain") is None
    for absent in ("plain", "none"):
        with pytest.raises(InvariantViolation, match="absent"):
            context.delete(absent)


def test_update_changes_both_bodies_of_a_lock():
    context, overlay = make_context(locked=LOCKED)
    context.update("locked", lambda body: body + b"!")
    changed = overlay.changes["locked"]
    assert changed is not None
    assert (changed.body, changed.lapse_at_ms, changed.lapse_body) == (b"locked!", NOW_MS + 10, b"prior!")


def test_update_after_a_lapse_changes_what_is_meant_and_the_lapse_is_gone():
    context, overlay = make_context(lapsed=LAPSED, plain=PLAIN)
    context.update("lapsed", lambda body: body + b"!")
    context.update("plain", lambda body: body + b"!")
    written = [overlay.changes[key] for key in ("lapsed", "plain")]
    assert [(record.body, record.lapse_at_ms) for record in written if record] == [(b"prior!", 0), (b"plain!", 0)]
    with pytest.raises(InvariantViolation, match="absent"):
        context.update("none", lambda body: body)


def test_resolve_answers_a_lock_for_good_or_until_a_new_deadline():
    context, overlay = make_context(locked=LOCKED, other=LOCKED)
    context.resolve("locked", b"answered")
    context.resolve("other", b"taken", NOW_MS + 99)
    assert (context.get("locked"), context.get_prior("locked")) == (b"answered", None)
    assert (context.get("other"), context.get_prior("other")) == (b"taken", b"prior")
    assert overlay.changes["other"].lapse_at_ms == NOW_MS + 99  # type: ignore[union-attr]  # it was just written


def test_restore_brings_the_prior_body_back_before_the_lapse():
    context, _ = make_context(locked=LOCKED)
    assert context.restore("locked") == b"prior"
    assert (context.get("locked"), context.get_prior("locked")) == (b"prior", None)


@pytest.mark.parametrize("key", ["lapsed", "plain", "none"])
def test_only_a_lock_is_resolved_or_restored(key):
    context, overlay = make_context(lapsed=LAPSED, plain=PLAIN)
    with pytest.raises(InvariantViolation, match="no lock"):
        context.resolve(key, b"x")
    with pytest.raises(InvariantViolation, match="no lock"):
        context.restore(key)
    assert overlay.changes == {}


def test_rejects_too_many_records():
    context, _ = make_context(gone=PLAIN)
    context.command_index = 3
    for number in range(MAX_RECORDS_TOUCHED):
        context.put(f"key/{number}", b"x")
    context.put("key/0", b"y")
    for one_more in (lambda: context.put("one more", b"x"), lambda: context.delete("gone")):
        with pytest.raises(Rejection) as refused:
            one_more()
        assert (refused.value.reason, refused.value.command_index) == (TOO_MANY_RECORDS, 3)


def test_an_overlay_hides_and_is_merged_into_the_one_below():
    below = Overlay(Records(a=PLAIN, b=PLAIN))
    above = Overlay(below)
    above.changes["a"] = None
    above.changes["c"] = LOCKED
    assert (above.read("a"), above.read("b"), above.read("c")) == (None, PLAIN, LOCKED)
    assert (below.read("a"), below.read("c"), below.changes) == (PLAIN, None, {})
    below.merge(above)
    assert (below.read("a"), below.read("c")) == (None, LOCKED)


def test_events_carry_the_kind_of_the_command_at_hand():
    context, _ = make_context()
    context.organisations, context.kind = ("A", "B"), 7
    context.emit(pb.Hold(what="x"))
    context.kind = 8
    context.emit(pb.Hold())
    assert context.actor == "A"
    assert context.events == [(7, b"\x12\x01x"), (8, b"")]
