import pytest

from hefu.v1 import receivables_pb2 as pb
from ledger.errors import MalformedInput
from receivables.questions import compute_question, parse_asset
from receivables.records import compute_asset_key
from tests.unit.receivables.court import (
    change_package,
    change_voucher,
    dispute,
    freeze,
    freeze_package,
    resolve,
    unfreeze,
)
from tests.unit.receivables.world import (
    BANK,
    BANK2,
    CORE,
    CUT_OFF_MS,
    DAY_MS,
    FACE,
    PAYEE,
    PAYER,
    SECOND,
    SECRET,
    World,
    make_transfer,
    part,
)

KEYS = {"held-by": 2, "unclaimed": 3, "free": 3, "claimed-by": 1, "undisputed": 2, "frozen": 2, "absent": 1}


@pytest.fixture
def world():
    return World()


@pytest.fixture
def ref(world):
    return world.live()


def ask(world, ref, statement):
    """What a verifier would be told: None for yes, else why not."""
    question = compute_question(compute_asset_key(ref), statement)
    context = world.context()
    return question.check({key: context.get(key) for key in question.keys})


def test_the_keys_come_from_the_question(ref):
    asset = compute_asset_key(ref)
    for name, count in KEYS.items():
        statement = f"{name} {BANK}" if name.endswith("-by") else name
        assert len(compute_question(asset, statement).keys) == count
    assert compute_question(asset, "free").keys == (
        f"package/{ref.package}",
        f"voucher/{ref.package}/1-{FACE}",
        f"claim/{asset}",
    )


def test_a_circulating_range(world, ref):
    assert ask(world, ref, f"held-by {PAYEE}") is None
    assert PAYEE in ask(world, ref, f"held-by {SECOND}")
    assert ask(world, ref, "unclaimed") is None
    assert ask(world, ref, "free") is None
    assert ask(world, ref, f"claimed-by {BANK}") == "no claim rests on it"
    assert ask(world, ref, "absent") == "there is such a record"


def test_a_locked_range_is_unclaimed_and_not_free_until_its_lock_lapses(world, ref):
    world.say(pb.TRANSFER, make_transfer(world, ref), PAYEE)
    assert ask(world, ref, "unclaimed") is None
    assert ask(world, ref, "free") == "a request waits on it"
    world.time_ms += DAY_MS
    assert ask(world, ref, "free") is None


def test_a_claimed_range(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    assert ask(world, ref, "unclaimed") == ask(world, ref, "free") == "a claim rests on it"
    assert ask(world, ref, f"claimed-by {BANK}") is None
    assert ask(world, ref, f"claimed-by {BANK2}") == "the claim on it is another's"
    assert ask(world, ref, f"held-by {PAYEE}") is None


def test_a_range_that_is_not_there(world, ref):
    other = part(ref, 1, 2)
    assert ask(world, other, "absent") is None
    for statement in ("unclaimed", "free", f"held-by {PAYEE}", "undisputed", "frozen"):
        assert "no such range" in ask(world, other, statement)


def test_absent_says_nothing_about_the_fen_of_a_range(world, ref):
    """As the module says: a part of a pledged range is no record of its own."""
    world.finance_to(pb.PAY_OUT, ref)
    assert ask(world, part(ref, 1, 10), "absent") is None


def test_free_says_nothing_about_the_day_and_unclaimed_nothing_about_a_filing(world, ref):
    """As the module says: registered for a bank it is unclaimed, after cut-off it is free."""
    world.finance_to(pb.REGISTER_FINANCING, ref)
    assert ask(world, ref, "unclaimed") is None
    assert ask(world, ref, "free") == "a request waits on it"
    world.time_ms = CUT_OFF_MS + 10 * DAY_MS
    assert ask(world, ref, "free") is None


def test_a_paid_range_is_no_longer_held_but_stays_claimed(world, ref):
    world.finance_to(pb.PAY_OUT, ref)
    world.say(pb.SPLIT, pb.Split(voucher=world.live("A-2"), first_fen=500), PAYEE)
    world.time_ms = CUT_OFF_MS
    world.pay(ref, FACE, (BANK, FACE // 2), (PAYEE, FACE // 2))
    assert ask(world, ref, f"held-by {PAYEE}") == "its package is not live"
    assert ask(world, ref, f"claimed-by {BANK}") is None
    piece = pb.VoucherRef(package=f"{CORE}.A-2", start=1, end=500)
    world.pay(piece, 500, (PAYEE, 500))
    assert ask(world, piece, "unclaimed") == "it has been paid"


def test_paid_through_the_package_is_read(world):
    ref = world.live()
    world.time_ms = CUT_OFF_MS
    command = pb.PayPackage(package=ref.package, amount_fen=FACE, payment_commitment=SECRET)
    world.say(pb.PAY_PACKAGE, command, PAYER)
    assert ask(world, ref, "unclaimed") == "its package is not live"


def test_a_frozen_range_is_held_and_neither_unclaimed_nor_free(world, ref):
    assert ask(world, ref, "frozen") == "no order of a court rests on it"
    freeze(world, ref)
    assert ask(world, ref, "frozen") is None
    assert ask(world, ref, "unclaimed") == ask(world, ref, "free") == "a court has frozen it"
    assert ask(world, ref, f"held-by {PAYEE}") is None
    unfreeze(world, ref)
    assert ask(world, ref, "free") is None
    freeze_package(world, ref.package)
    assert ask(world, ref, "frozen") is None
    assert ask(world, ref, "unclaimed") == "a court has frozen it"


def test_a_paid_range_may_be_frozen(world, ref):
    change_voucher(world, ref, stage=pb.PAID, circulation=pb.CLOSED, freezes=[pb.Freeze(order=SECRET)])
    assert ask(world, ref, "frozen") is None
    assert ask(world, ref, "unclaimed") == "it has been paid"


def test_a_disputed_range_is_free_and_not_undisputed(world, ref):
    assert ask(world, ref, "undisputed") is None
    dispute(world, ref)
    assert ask(world, ref, "undisputed") == f"{PAYEE} disputes it"
    assert ask(world, ref, "free") is None
    resolve(world, ref)
    change_package(world, ref.package, red_lettered=[SECRET])
    assert ask(world, ref, "undisputed") == "an invoice of its package was red-lettered"


@pytest.mark.parametrize("stage", [pb.MERGED, pb.CANCELLED])
def test_what_ended_without_a_payment_has_ended(world, ref, stage):
    change_voucher(world, ref, stage=stage, circulation=pb.CLOSED)
    change_package(world, ref.package, stage=pb.SETTLED)
    for statement in (f"held-by {PAYEE}", "unclaimed", "free", "undisputed"):
        assert ask(world, ref, statement) == "it has ended"


@pytest.mark.parametrize(
    "asset",
    [
        "", "voucher:", "invoice:" + "0" * 64, f"{CORE}.A-1/1-2", f"voucher:{CORE}.A-1", f"voucher:{CORE}.A-1/1",
        f"voucher:{CORE}.A-1/01-2", f"voucher:{CORE}.A-1/0-2", f"voucher:{CORE}.A-1/2-1", f"voucher:{CORE}.a/1-2",
        f"voucher:{CORE}.A-1/1-{2**63}", f"voucher:{CORE}.A-1/1-{10**30}", f"voucher:{CORE}.A-1/1-2-3",
        f"voucher:{CORE}.A-1/1-２", f"voucher:{CORE}.A-1/-2",
    ],
)  # fmt: skip
def test_an_asset_has_one_spelling(asset):
    with pytest.raises(MalformedInput) as caught:
        parse_asset(asset)
    assert caught.value.field == "asset"


def test_an_asset_names_its_range():
    asset = f"voucher:{CORE}.A-1/10-{2**63 - 1}"
    assert compute_asset_key(parse_asset(asset)) == asset


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "held",
        "held-by",
        "held-by ",
        "held-by X",
        f"free {BANK}",
        f"held-by  {BANK}",
        "claimed-by",
        "Free",
        "frozen ",
    ],
)
def test_a_statement_is_one_of_seven(ref, statement):
    with pytest.raises(MalformedInput) as caught:
        compute_question(compute_asset_key(ref), statement)
    assert caught.value.field == "is"


@pytest.mark.parametrize(
    ("package", "voucher"),
    [
        (b"\xff", b""),
        (pb.Package(stage=pb.PACKAGE_LIVE, face_fen=1).SerializeToString(), b""),
        (pb.Package(stage=pb.PACKAGE_LIVE, face_fen=FACE).SerializeToString(), b"\xff"),
        (
            pb.Package(stage=pb.PACKAGE_LIVE, face_fen=FACE).SerializeToString(),
            pb.Voucher(paid_fen=FACE + 1).SerializeToString(),
        ),
    ],
)
def test_bodies_that_no_rule_wrote_are_malformed(ref, package, voucher):
    question = compute_question(compute_asset_key(ref), "free")
    with pytest.raises(MalformedInput):
        question.check(dict(zip(question.keys, (package, voucher, None), strict=True)))
