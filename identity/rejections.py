"""Why identity refuses, 100–199, in order of precedence. A number is never reused.

100–119 are said by `authorise`, of a signer or of an organisation that a command names: such a transaction uses up no
id and leaves no leaf. The others are outcomes of authorised commands, which also use some of the first where they speak
of an unknown organisation, or of an unknown, revoked or expired key.
"""

from ledger.errors import Reason

ORGANISATION_UNKNOWN = Reason(
    100, "ORGANISATION_UNKNOWN", "No organisation of this id has been admitted.", "该机构尚未准入。"
)
KEY_UNKNOWN = Reason(101, "KEY_UNKNOWN", "No key of these bytes has been admitted.", "该公钥尚未登记。")
KEY_OF_STRANGER = Reason(
    102, "KEY_OF_STRANGER", "A signer's organisation is not named by any command.", "签名密钥所属机构未在指令中列出。"
)
KEY_REVOKED = Reason(103, "KEY_REVOKED", "The key has been revoked.", "该密钥已注销。")
KEY_NOT_YET_VALID = Reason(104, "KEY_NOT_YET_VALID", "The key is not valid yet.", "该密钥尚未生效。")
KEY_EXPIRED = Reason(105, "KEY_EXPIRED", "The key is no longer valid; rotate in time.", "该密钥已过有效期。")
ORGANISATION_SUSPENDED = Reason(
    106, "ORGANISATION_SUSPENDED", "A suspended organisation may start nothing.", "该机构已被暂停, 不得发起业务。"
)
ORGANISATION_NOT_SIGNED = Reason(
    107, "ORGANISATION_NOT_SIGNED", "An organisation that a command names has not signed.", "指令所列机构没有签名。"
)
NO_RULE_FITS = Reason(
    108,
    "NO_RULE_FITS",
    "No rule of the organisation's policy allows this command at this amount.",
    "该机构的复核规则不允许此指令或此金额。",
)
ROLE_MISSING = Reason(
    109, "ROLE_MISSING", "Nobody signed in a role that the policy asks for.", "缺少复核规则所要求角色的签名。"
)
SAME_PERSON = Reason(
    110,
    "SAME_PERSON",
    "Roles that different persons must hold, such as maker and checker, were signed for by one.",
    "经办与复核等角色须由不同人员签名。",
)
PERSONS_TOO_FEW = Reason(
    111, "PERSONS_TOO_FEW", "Fewer different persons signed than the policy asks for.", "签名人数少于复核规则的要求。"
)
DAILY_LIMIT_EXCEEDED = Reason(
    112,
    "DAILY_LIMIT_EXCEEDED",
    "The organisation's amounts of this civil day would exceed its daily limit.",
    "该机构当日累计金额将超过每日限额。",
)

NOT_ALONE = Reason(
    120,
    "NOT_ALONE",
    "This command is said by one organisation alone; no other consents.",
    "此指令只能由一家机构单独提出。",
)
NOT_REGISTRAR = Reason(121, "NOT_REGISTRAR", "Only the registrar may say this.", "只有登记管理方可以提出此指令。")
ID_INVALID = Reason(
    122,
    "ID_INVALID",
    "The id is neither a USCC nor an LEI with right check digits.",
    "机构代码不是校验正确的统一社会信用代码或 LEI。",
)
ORGANISATION_EXISTS = Reason(
    123, "ORGANISATION_EXISTS", "The organisation has been admitted before.", "该机构已经准入。"
)
NAME_INVALID = Reason(
    124,
    "NAME_INVALID",
    "A name has 1 to 120 characters, none of them a control character.",
    "名称须为 1 至 120 个可见字符。",
)
ROLES_INVALID = Reason(125, "ROLES_INVALID", "At least one role, sorted, none twice.", "角色至少一个, 须排序且不重复。")
REGISTRAR_IS_FIXED = Reason(
    126,
    "REGISTRAR_IS_FIXED",
    "The registrar is named by genesis: nobody joins it, suspends it or lays the role down.",
    "登记管理方由创世文件确定, 不可增加、暂停或免除。",
)
STATUS_INVALID = Reason(
    127, "STATUS_INVALID", "The status is neither active nor suspended.", "机构状态只能是正常或暂停。"
)
KEYS_TOO_MANY_OR_FEW = Reason(
    128, "KEYS_TOO_MANY_OR_FEW", "An organisation is admitted with 1 to 16 keys.", "准入时须登记 1 至 16 个密钥。"
)
ALGORITHM_NOT_ADMITTED = Reason(
    129,
    "ALGORITHM_NOT_ADMITTED",
    "Keys of this algorithm are not admitted; 1 is Ed25519.",
    "不支持该密钥算法 (1 = Ed25519)。",
)
PUBLIC_KEY_INVALID = Reason(
    130, "PUBLIC_KEY_INVALID", "The public key is not a point of the curve's main subgroup.", "公钥不是有效的曲线点。"
)
PERSON_INVALID = Reason(
    131, "PERSON_INVALID", "A person is a salted commitment of 32 bytes.", "人员须为 32 字节的加盐承诺。"
)
KEY_ROLES_INVALID = Reason(
    132,
    "KEY_ROLES_INVALID",
    "At least one key role, sorted, none twice; SERVICE only alone.",
    "密钥角色至少一个, 须排序且不重复; 系统密钥不得兼任其他角色。",
)
VALIDITY_INVALID = Reason(
    133,
    "VALIDITY_INVALID",
    "A key's validity ends after it begins, and after block time.",
    "密钥有效期的起止时间不合理。",
)
POSSESSION_NOT_PROVED = Reason(
    134,
    "POSSESSION_NOT_PROVED",
    "The new key did not sign for this organisation and person.",
    "新密钥缺少有效的持有证明。",
)
KEY_ALREADY_BOUND = Reason(
    135,
    "KEY_ALREADY_BOUND",
    "The key is bound already: a key belongs to one organisation for ever.",
    "该公钥已被登记, 不可重复使用。",
)
POLICY_INVALID = Reason(
    136,
    "POLICY_INVALID",
    "A policy has 1 to 32 sorted, bounded rules, each of 1 to 16 persons.",
    "复核规则的格式或范围不合规。",
)
POLICY_TOO_WEAK = Reason(
    137,
    "POLICY_TOO_WEAK",
    "With this role every rule must ask for two persons at least.",
    "该角色的每条复核规则至少须两人。",
)
POLICY_OUT_OF_REACH = Reason(
    138,
    "POLICY_OUT_OF_REACH",
    "The organisation's keys cannot satisfy a rule of its policy.",
    "现有密钥无法满足复核规则。",
)
NOT_YOUR_KEY = Reason(139, "NOT_YOUR_KEY", "The key belongs to another organisation.", "该密钥属于其他机构。")
PERSON_CHANGED = Reason(
    140, "PERSON_CHANGED", "A rotated key keeps the person and the roles of the old one.", "换钥不得改变人员与角色。"
)
CLOCK_NOT_SIMULATED = Reason(
    141,
    "CLOCK_NOT_SIMULATED",
    "The genesis of this network allows no simulated clock.",
    "本网络的创世文件不允许模拟时钟。",
)
CLOCK_NOT_AHEAD = Reason(
    142, "CLOCK_NOT_AHEAD", "The clock only goes forward: after block time, below 2^53.", "时钟只能向前调整。"
)
POLICY_UNCHANGEABLE = Reason(
    143,
    "POLICY_UNCHANGEABLE",
    "No rule of the policy fits SET_POLICY (one with an upper amount never does), so it could not be changed again.",
    "没有规则可用于修改复核规则 (带金额上限的规则不适用), 该规则将无法再变更。",
)
