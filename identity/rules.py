"""Predicates and arithmetic of identity; they read no state.

1. Ids: USCC (GB 32100) and LEI (ISO 17442) with their check digits, decided over ASCII alone.
2. Policies: the first rule that fits kind and amount, and a kind of identity, or one beyond amounts, only without an
   upper amount; each role it asks for from a different person; then the count.
3. Keys: a point of the main subgroup, and a proof that somebody holds the secret half.

Not here: what a record holds (records), who may say which command (transitions).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from hefu.v1 import identity_pb2 as pb
from identity.rejections import PERSONS_TOO_FEW, ROLE_MISSING, SAME_PERSON
from ledger.errors import Reason

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: without I O S V Z
LEI_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # ISO 17442
DIGITS = "0123456789"
USCC_LENGTH = 18
LEI_LENGTH = 20
_ID_LENGTHS = (USCC_LENGTH, LEI_LENGTH)
_USCC_VALUES = {character: value for value, character in enumerate(USCC_ALPHABET)}
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(USCC_LENGTH - 1))

MAX_NAME_CHARACTERS = 120
MAX_PROPOSAL_NUMBER_CHARACTERS = 32
_PROPOSAL_NUMBER_ALPHABET = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-")
# Besides the controls: what reorders or hides text, so that a name reads as it is stored.
_INVISIBLE = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SHANGHAI_OFFSET_MS = 8 * HOUR_MS  # Asia/Shanghai has had no summer time since 1991
MAX_TIME_MS = 2**53  # exclusive: what every language's integers can hold

ED25519 = 1
PUBLIC_KEY_BYTES = 32
PERSON_BYTES = 32
SIGNATURE_BYTES = 64
FINGERPRINT_BYTES = 32  # SHA-256 of a certificate (DER)
IDENTITY_KINDS = frozenset(pb.IdentityCommand.values())
POSSESSION_TAG = b"hefu/v1/possession\x00"

# ---------------------------------------------------------------- ids, names, days


def compute_uscc_check(first: str) -> str:
    """The 18th character of a USCC from its first 17 (GB 32100). ValueError where one is not of its alphabet."""
    if len(first) != USCC_LENGTH - 1 or any(character not in _USCC_VALUES for character in first):
        raise ValueError("17 characters of the USCC alphabet")
    total = sum(_USCC_VALUES[character] * weight for character, weight in zip(first, _USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[-total % 31]


def is_uscc(text: str) -> bool:
    """Whether this is a unified social credit code 统一社会信用代码 with a right check character."""
    if len(text) != USCC_LENGTH or any(character not in _USCC_VALUES for character in text):
        return False
    return compute_uscc_check(text[:-1]) == text[-1]


def compute_lei_check(first: str) -> str:
    """The two check digits of an LEI from its first 18 characters (ISO 7064 MOD 97-10). ValueError as for a USCC."""
    if len(first) != LEI_LENGTH - 2 or any(character not in LEI_ALPHABET for character in first):
        raise ValueError("18 characters of 0-9 A-Z")
    check = 98 - _compute_lei_remainder(first + "00")
    return DIGITS[check // 10] + DIGITS[check % 10]


def is_lei(text: str) -> bool:
    """Whether this is a legal entity identifier: letters as 10–35, the whole number is 1 modulo 97."""
    if len(text) != LEI_LENGTH or any(character not in LEI_ALPHABET for character in text):
        return False
    if text[-1] not in DIGITS or text[-2] not in DIGITS:
        return False
    return _compute_lei_remainder(text) == 1


def _compute_lei_remainder(text: str) -> int:
    remainder = 0
    for character in text:
        value = LEI_ALPHABET.index(character)
        remainder = (remainder * (10 if value < 10 else 100) + value) % 97
    return remainder


def is_organisation_id(text: str) -> bool:
    """Whether an organisation may be admitted under this id; of any other text no key of the state is made."""
    return len(text) in _ID_LENGTHS and text.isascii() and _is_checked(text)


@lru_cache(maxsize=16384)
def _is_checked(text: str) -> bool:
    """Remembered for 20 bytes of ASCII at most: a stranger's long text must not stay in memory."""
    return is_uscc(text) or is_lei(text)


def is_name(text: str) -> bool:
    """1–120 characters, none of them a control or one that hides or reorders text."""
    if not 1 <= len(text) <= MAX_NAME_CHARACTERS:
        return False
    return all(c >= " " and not "\x7f" <= c <= "\x9f" and c not in _INVISIBLE for c in text)


def is_proposal_number(text: str) -> bool:
    """1–32 characters of 0–9 A–Z and hyphen."""
    return 1 <= len(text) <= MAX_PROPOSAL_NUMBER_CHARACTERS and _PROPOSAL_NUMBER_ALPHABET.issuperset(text)


def is_proposal_id(text: str) -> bool:
    """ORGANISATION.NUMBER; of any other text no key of the state is made."""
    proposer, dot, number = text.partition(".")
    return bool(dot) and is_organisation_id(proposer) and is_proposal_number(number)


def is_rising(values: Sequence[int]) -> bool:
    """Sorted, none twice, none 0 (an enum's unspecified value)."""
    last = 0
    for value in values:
        if value <= last:
            return False
        last = value
    return True


def compute_civil_day(time_ms: int) -> int:
    """The civil day of an instant: days since 1970-01-01 in Asia/Shanghai."""
    return (time_ms + SHANGHAI_OFFSET_MS) // DAY_MS


# ---------------------------------------------------------------- policies


@dataclass(frozen=True, slots=True)
class PlainRule:
    """A PolicyRule, read from its message once: a message's fields are slow to read."""

    up_to_fen: int
    kinds: frozenset[int]
    roles: tuple[int, ...]
    persons: int


@dataclass(frozen=True, slots=True)
class PlainPolicy:
    """A Policy, read from its message once."""

    rules: tuple[PlainRule, ...]
    daily_limit_fen: int


Policy = pb.Policy | PlainPolicy
PolicyRule = pb.PolicyRule | PlainRule


def read_policy(policy: pb.Policy) -> PlainPolicy:
    """The same policy, quick to be asked."""
    rules = [PlainRule(rule.up_to_fen, frozenset(rule.kinds), tuple(rule.roles), rule.persons) for rule in policy.rules]
    return PlainPolicy(tuple(rules), policy.daily_limit_fen)


def find_rule(policy: Policy, kind: int, sum_fen: int, is_beyond_amounts: bool = False) -> PolicyRule | None:
    """The first rule that fits a command kind and the organisation's sum (分) in the transaction, if any does.

    A rule with an upper amount fits no kind beyond amounts, and none of IDENTITY_KINDS: they would pass under any.
    """
    is_limitable = not is_beyond_amounts and kind not in IDENTITY_KINDS
    for rule in policy.rules:
        is_within = not rule.up_to_fen or (is_limitable and sum_fen <= rule.up_to_fen)
        if is_within and (not rule.kinds or kind in rule.kinds):
            return rule
    return None


def is_changeable(policy: pb.Policy) -> bool:
    """Whether some rule lets the organisation change its policy (SET_POLICY); what else is wrong it can then mend."""
    return find_rule(policy, pb.SET_POLICY, 0) is not None


def find_shortfall(rule: PolicyRule, persons: Mapping[bytes, Set[int]]) -> Reason | None:
    """Why these persons, each with the roles of the keys that signed, do not satisfy the rule; None if they do.

    In this order: ROLE_MISSING (nobody has it), SAME_PERSON (one would have to hold two), PERSONS_TOO_FEW.
    """
    if rule.roles:
        held = list(persons.values())
        if any(all(role not in roles for roles in held) for role in rule.roles):
            return ROLE_MISSING
        if not is_assignable(rule.roles, held):
            return SAME_PERSON
    return PERSONS_TOO_FEW if len(persons) < rule.persons else None


def is_assignable(roles: Sequence[int], held: Sequence[Set[int]]) -> bool:
    """Whether each role can be given to a different person; `held` are the roles that each person has.

    A maximum bipartite matching by augmenting paths: at most 16 roles and 16 persons.
    """
    given: dict[int, int] = {}  # person → place of the role it fills
    return all(_give(place, roles, held, given, set()) for place in range(len(roles)))


def _give(place: int, roles: Sequence[int], held: Sequence[Set[int]], given: dict[int, int], tried: set[int]) -> bool:
    for person, has in enumerate(held):
        if roles[place] in has and person not in tried:
            tried.add(person)
            if person not in given or _give(given[person], roles, held, given, tried):
                given[person] = place
                return True
    return False


# ---------------------------------------------------------------- keys


def is_public_key(public_key: bytes) -> bool:
    """Whether 32 bytes are an Ed25519 point in its one encoding, in the main subgroup and of no small order."""
    return len(public_key) == PUBLIC_KEY_BYTES and _is_point(public_key)


_is_point = lru_cache(maxsize=1024)(crypto_core_ed25519_is_valid_point)


def compute_possession_message(organisation: str, public_key: bytes, person: bytes) -> bytes:
    """What a new key signs before it is admitted: that it speaks for this person of this organisation."""
    return POSSESSION_TAG + organisation.encode() + b"\x00" + public_key + person


def is_possession_proved(organisation: str, key: pb.NewKey) -> bool:
    """Whether `key.possession` is the new key's own signature over its possession message."""
    if len(key.possession) != SIGNATURE_BYTES:  # a longer one would move the start of the signed message
        return False
    message = compute_possession_message(organisation, key.public_key, key.person)
    try:
        crypto_sign_open(key.possession + message, key.public_key)
    except (BadSignatureError, ValueError):
        # ValueError: PyNaCl's answer to a key of a wrong length.
        return False
    return True
