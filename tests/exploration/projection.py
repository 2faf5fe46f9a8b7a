"""What two states may differ in and still be one: salts, times that no rule asks for any more, and flow history.

1. A record whose lapse has come is what it lapsed to. An offer to cancel that is over is none.
2. When a mark was set, a claim valued, a line failed: nothing depends on it. Whose number a filing had neither.
3. A registration is kept while a lock still needs it, an ask for quotes while it is open. So what is filed again may
   have the same number again, which stands for a new one.
"""

from hefu.v1 import pledges_pb2
from hefu.v1 import receivables_pb2 as pb
from tests.exploration.space import Space, State, compute_changed, get_at, get_prefix
from tests.unit.receivables.world import NOW_MS, TODAY

NUMBER = "0" * 20


def compute_projected(key: str, body: bytes, time_ms: int) -> bytes:
    """The body without what is left out."""
    prefix = get_prefix(key)
    if prefix == "voucher":
        return _project_voucher(pb.Voucher.FromString(body))
    if prefix == "package":
        return _project_package(pb.Package.FromString(body), time_ms)
    if prefix == "claim":
        claim = pledges_pb2.Claim.FromString(body)
        claim.value_on, claim.registration_number = TODAY, NUMBER
        return claim.SerializeToString(deterministic=True)
    return body


def _project_voucher(voucher: pb.Voucher) -> bytes:
    for freeze in voucher.freezes:
        freeze.at_ms = NOW_MS
    if voucher.HasField("dispute"):
        voucher.dispute.at_ms = NOW_MS
    if voucher.HasField("objection"):
        voucher.objection.at_ms = NOW_MS
    if voucher.HasField("sale"):
        voucher.sale.value_on, voucher.sale.registration_number = TODAY, NUMBER
    if voucher.HasField("failure"):
        voucher.failure.on = TODAY
    return voucher.SerializeToString(deterministic=True)


def _project_package(package: pb.Package, time_ms: int) -> bytes:
    for freeze in package.freezes:
        freeze.at_ms = NOW_MS
    if package.stage != pb.PENDING:
        package.accept_by_ms = NOW_MS
    if package.cancel_by_ms <= time_ms:
        package.cancel_by_ms = 0
    return package.SerializeToString(deterministic=True)


def get_projected(space: Space, place: int, number: int, time_ms: int) -> int:
    """The number of the same record, as it is kept at this time."""
    record = space.records[number]
    if record is None:
        return 0
    key, body = space.keys[place], compute_projected(space.keys[place], record.get_meant(time_ms), time_ms)
    if not record.is_pending(time_ms):
        return space.get_number(body)
    return space.get_number(body, record.lapse_at_ms, compute_projected(key, record.lapse_body, time_ms))


def compute_forgotten(space: Space, state: State) -> State:
    """The state without registrations and asks for quotes that are history."""
    gone = [place for place in space.places_of["registration"] if get_at(state, place)]
    gone = [place for place in gone if not _is_needed(space, state, place)]
    for place in space.places_of["quotes"]:
        if get_at(state, place):
            voucher = space.get(state, "voucher/" + space.keys[place].removeprefix("quotes/"))
            asked = space.decode(place, get_at(state, place))
            if voucher is None or voucher.asked_at_ms != asked.asked_at_ms:
                gone.append(place)
    return compute_changed(state, tuple((place, 0) for place in gone)) if gone else state


def _is_needed(space: Space, state: State, place: int) -> bool:
    asset = space.decode(place, get_at(state, place)).asset
    voucher = space.get(state, "voucher/" + asset.removeprefix("voucher:")) if asset.startswith("voucher:") else None
    return voucher is not None and voucher.lock.kind == pb.FINANCING_REGISTERED
