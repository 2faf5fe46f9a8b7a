"""Who calls: a call is signed by a key of an organisation, good once, at one node, for a minute.

1. The bytes are an InboxCall in its one encoding, of at most 2 MiB; all else is MalformedInput.
2. It names this network, this node's origin, and the action of the method that it is made to: CALL_FOR_ANOTHER.
3. It was signed within 60 seconds of this node's wall clock: CALL_NOT_FRESH.
4. The algorithm is known, UNKNOWN_ALGORITHM; the signature over SHA-256 of tag and call verifies, CALL_NOT_SIGNED.
5. By the newest state the key is admitted, valid now, and no machine's: CALLER_UNKNOWN.
6. The key has not used this nonce before: CALL_REPLAYED. An organisation has so many calls in two minutes: INBOX_FULL.

What was called is remembered for two minutes. No call as old as one that has been forgotten is taken again, also where
the clock went back. A new process forgets all: it takes no call from before its start, nor of a key whose calls were
ahead of the clock any up to the latest of them, which the store keeps.

Not here: what an organisation may see or do (service).
"""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from hefu.v1 import identity_pb2, ledger_pb2
from hefu.v1 import inbox_pb2 as pb
from identity.authorise import refuse_invalid_key
from identity.records import get_key
from ledger.context import Context
from ledger.errors import MalformedInput, Rejection
from ledger.rejections import UNKNOWN_ALGORITHM
from ledger.transaction import ED25519, NONCE_BYTES, SIGNATURE_BYTES, parse_canonical
from nodes.inbox.rejections import (
    CALL_FOR_ANOTHER,
    CALL_NOT_FRESH,
    CALL_NOT_SIGNED,
    CALL_REPLAYED,
    CALLER_UNKNOWN,
    INBOX_FULL,
)

CALL_TAG = b"hefu/v1/inbox\x00"
MAX_CALL_BYTES = 2 << 20
FRESH_MS = 60_000
REMEMBERED_MS = 2 * FRESH_MS
MAX_CALLS = 10_000
"""Of one organisation in two minutes."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose caller is known."""

    organisation: str
    public_key: bytes
    content: pb.InboxCall


def compute_call_digest(call: bytes) -> bytes:
    """What a caller signs: SHA-256 over a tag and InboxCall bytes."""
    return hashlib.sha256(CALL_TAG + call).digest()


def is_signed(signature: ledger_pb2.Signature, message: bytes) -> bool:
    """Whether an Ed25519 signature over `message` verifies."""
    if len(signature.signature) != SIGNATURE_BYTES:  # a longer one would move the start of the signed message
        return False
    try:
        crypto_sign_open(signature.signature + message, signature.public_key)
    except (BadSignatureError, ValueError):
        # ValueError: PyNaCl's answer to a key of a wrong length.
        return False
    return True


class CallGuard:
    """Judges calls, and remembers them. `clock` is the wall clock in ms.

    Only calls made after `from_ms` are taken, and after what `ahead` says of the key.
    """

    def __init__(
        self,
        network: ledger_pb2.NetworkId,
        origin: str,
        clock: Callable[[], int],
        from_ms: int,
        ahead: Mapping[bytes, int],
    ) -> None:
        self._network = network
        self._origin = origin
        self._clock = clock
        self._forgotten_ms = from_ms
        self._ahead = ahead
        self._seen: OrderedDict[tuple[bytes, bytes], tuple[int, int, str]] = OrderedDict()
        self._counts: Counter[str] = Counter()

    def examine(self, signed: pb.SignedInboxCall, action: str, context: Context) -> Call:
        """Steps 1 to 5; `context` is the newest state at the node's block time."""
        content = self._parse(signed.call)
        if content.network != self._network or content.origin != self._origin:
            raise Rejection(CALL_FOR_ANOTHER)
        if content.WhichOneof("action") != action:
            raise Rejection(CALL_FOR_ANOTHER)
        signature = signed.signature
        self._refuse_stale(content.at_ms, signature.public_key)
        if signature.algorithm != ED25519:
            raise Rejection(UNKNOWN_ALGORITHM, pb.SignedInboxCall.SIGNATURE_FIELD_NUMBER)
        if not is_signed(signature, compute_call_digest(signed.call)):
            raise Rejection(CALL_NOT_SIGNED)
        return Call(_get_caller(context, signature.public_key), signature.public_key, content)

    def remember(self, call: Call) -> bool:
        """Step 6. Whether the call is ahead of the clock, so that the store must remember it."""
        now_ms = self._clock()
        self._forget(now_ms)
        at_ms, key = call.content.at_ms, (call.public_key, call.content.nonce)
        if key in self._seen:
            raise Rejection(CALL_REPLAYED)
        if at_ms <= self._forgotten_ms:  # forgotten between the steps
            raise Rejection(CALL_NOT_FRESH)
        if self._counts[call.organisation] >= MAX_CALLS:
            raise Rejection(INBOX_FULL)
        self._seen[key] = (now_ms, at_ms, call.organisation)
        self._counts[call.organisation] += 1
        return at_ms > now_ms

    def _parse(self, encoded: bytes) -> pb.InboxCall:
        if len(encoded) > MAX_CALL_BYTES:
            raise MalformedInput(f"more than {MAX_CALL_BYTES} bytes", "call")
        content = parse_canonical(pb.InboxCall, encoded, "call")
        if len(content.nonce) != NONCE_BYTES:
            raise MalformedInput(f"{NONCE_BYTES} bytes", "call.nonce")
        return content

    def _refuse_stale(self, at_ms: int, public_key: bytes) -> None:
        known_ms = max(self._forgotten_ms, self._ahead.get(public_key, 0))
        if abs(at_ms - self._clock()) > FRESH_MS or at_ms <= known_ms:
            raise Rejection(CALL_NOT_FRESH)

    def _forget(self, now_ms: int) -> None:
        while self._seen:
            key, (seen_ms, at_ms, organisation) = next(iter(self._seen.items()))
            if seen_ms + REMEMBERED_MS >= now_ms:
                return
            del self._seen[key]
            self._counts[organisation] -= 1
            self._forgotten_ms = max(self._forgotten_ms, at_ms)


def _get_caller(context: Context, public_key: bytes) -> str:
    key = get_key(context, public_key)
    if key is None or list(key.roles) == [identity_pb2.SERVICE]:
        raise Rejection(CALLER_UNKNOWN)
    try:
        refuse_invalid_key(key, context.time_ms)
    except Rejection:
        raise Rejection(CALLER_UNKNOWN) from None
    return key.organisation
