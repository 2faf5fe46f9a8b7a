"""Why identity refuses, 100–199. A number is never reused. Each group stands in order of precedence.

100–119 are said by `authorise`, of a signer or of an organisation that a command names: such a transaction uses up no
id and leaves no leaf. The others are outcomes of authorised commands, which also use some of the first where they speak
of an unknown organisation, or of an unknown, revoked or expired key. Of those, 190 and 191 are said by a node's door
alone, which looks into certificates before the ledger sees the transaction: they leave no leaf either.

120–149 organisations, keys, policies, clock; 150–165 votes; 166–176 certificates; 177–180 re-enrolment; 181–184
mandates; 185–189 credentials; 192–196 validators; 197–198 software.
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
AGENT_IS_PARTY = Reason(
    113,
    "AGENT_IS_PARTY",
    "The agent of a command is itself one of the command's organisations.",
    "代理机构不得同时是指令的当事机构。",
)
MANDATE_UNKNOWN = Reason(
    114, "MANDATE_UNKNOWN", "The acting organisation has given this agent no mandate.", "委托方未向该代理机构授权。"
)
MANDATE_ENDED = Reason(
    115, "MANDATE_ENDED", "The mandate has been ended, or its last day has passed.", "该授权委托已终止或已到期。"
)
MANDATE_KIND = Reason(116, "MANDATE_KIND", "The mandate does not name this command.", "该授权委托不包括此指令。")
MANDATE_EXCEEDED = Reason(
    117, "MANDATE_EXCEEDED", "The amounts under the mandate would exceed its limit.", "委托项下累计金额将超过授权上限。"
)
MANDATE_TOO_WEAK = Reason(
    118,
    "MANDATE_TOO_WEAK",
    "For this acting organisation the agent too must sign with two persons.",
    "代理该委托方时, 代理机构也须由两人签名。",
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
    "The role of registrar moves by vote alone: nobody joins it, suspends it or lays the role down.",
    "登记管理方只能经表决更换, 不可增加、暂停或免除。",
)
STATUS_INVALID = Reason(
    127, "STATUS_INVALID", "The status is neither active nor suspended.", "机构状态只能是正常或暂停。"
)
KEYS_TOO_MANY_OR_FEW = Reason(
    128,
    "KEYS_TOO_MANY_OR_FEW",
    "An organisation is admitted with 1 to 16 keys, and re-enrolled with 1 to 4.",
    "准入时须登记 1 至 16 个密钥, 重新登记时 1 至 4 个。",
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
KEY_CONSENT_MISSING = Reason(
    144,
    "KEY_CONSENT_MISSING",
    "The organisation whose key it is must consent; without it there is re-enrolment.",
    "登记密钥须经该机构同意; 否则须办理重新登记。",
)
DIGEST_INVALID = Reason(145, "DIGEST_INVALID", "A digest is 32 bytes.", "摘要须为 32 字节。")
NO_SUCH_PROPOSAL = Reason(150, "NO_SUCH_PROPOSAL", "There is no proposal of this id.", "没有此提案。")
NOT_A_VOTER = Reason(151, "NOT_A_VOTER", "The organisation has no vote on this.", "该机构没有表决权。")
PROPOSAL_NUMBER_INVALID = Reason(
    152,
    "PROPOSAL_NUMBER_INVALID",
    "A proposal's number has 1 to 32 characters of 0-9 A-Z -.",
    "提案编号须为 1 至 32 个字符 (0-9 A-Z -)。",
)
PROPOSAL_EXISTS = Reason(153, "PROPOSAL_EXISTS", "There was a proposal of this number before.", "该提案编号已被使用。")
PROPOSAL_EXPIRY_INVALID = Reason(
    154,
    "PROPOSAL_EXPIRY_INVALID",
    "A proposal expires after block time, within the longest time that the rulebook allows.",
    "提案的截止时间不在规则允许的范围内。",
)
CHANGE_MISSING = Reason(155, "CHANGE_MISSING", "The proposal names no change.", "提案没有载明变更内容。")
RECORD_NOT_GOVERNED = Reason(
    156, "RECORD_NOT_GOVERNED", "No record of this key is changed by vote.", "该记录不能通过表决变更。"
)
RECORD_UNFIT = Reason(
    157, "RECORD_UNFIT", "The proposed record is malformed or out of its bounds.", "拟变更的记录格式或范围不合规。"
)
RECORD_CHANGED = Reason(
    158,
    "RECORD_CHANGED",
    "The record is no longer the one that the proposal replaces.",
    "该记录已变更, 与提案所针对的内容不一致。",
)
EFFECT_TIME_INVALID = Reason(
    159,
    "EFFECT_TIME_INVALID",
    "A change takes effect after block time, at most 400 days ahead.",
    "生效时间须在区块时间之后且不超过 400 天。",
)
PROPOSAL_CLOSED = Reason(
    160, "PROPOSAL_CLOSED", "The proposal has passed, was rejected or has expired.", "该提案已通过、已否决或已过期。"
)
CHANGE_DIFFERS = Reason(
    161, "CHANGE_DIFFERS", "The vote is for a change other than the proposed one.", "表决所针对的内容与提案不一致。"
)
BALLOT_INVALID = Reason(162, "BALLOT_INVALID", "A ballot is yes or no.", "表决只能是赞成或反对。")
ALREADY_VOTED = Reason(163, "ALREADY_VOTED", "The organisation has voted on this proposal.", "该机构已对此提案表决。")
VOTE_NEEDED = Reason(164, "VOTE_NEEDED", "Only a vote gives or takes this role.", "该角色须经表决授予或免除。")
STATUS_BY_VOTE = Reason(
    165,
    "STATUS_BY_VOTE",
    "A vote set the organisation's status: only a vote changes it.",
    "该机构的状态由表决确定, 须经表决变更。",
)
AUTHORITY_INVALID = Reason(
    166,
    "AUTHORITY_INVALID",
    "An authority has a certificate of 1 to 4096 bytes and a name, or a fingerprint alone to be distrusted.",
    "证书颁发机构的内容不合规。",
)
CERTIFICATE_NEEDED = Reason(
    167, "CERTIFICATE_NEEDED", "For this organisation a key needs a certificate.", "该机构的密钥须附数字证书。"
)
CERTIFICATE_INVALID = Reason(
    168,
    "CERTIFICATE_INVALID",
    "The certificates are too many, too long, or not described link by link.",
    "证书链的数量、长度或描述不合规。",
)
AUTHORITY_NOT_TRUSTED = Reason(
    169, "AUTHORITY_NOT_TRUSTED", "The consortium does not trust this authority.", "联盟不信任该证书颁发机构。"
)
CERTIFICATE_TOO_SHORT = Reason(
    170,
    "CERTIFICATE_TOO_SHORT",
    "The key's validity does not lie within that of its certificates.",
    "密钥有效期超出证书有效期。",
)
CERTIFICATE_REVOKED = Reason(
    171, "CERTIFICATE_REVOKED", "A certificate of the chain has been revoked.", "证书链中有证书已被吊销。"
)
REVOCATIONS_STALE = Reason(
    172,
    "REVOCATIONS_STALE",
    "No fresh revocation list of the issuer has been entered.",
    "颁发者的吊销列表未录入或已过期。",
)
NOT_THE_OPERATOR = Reason(
    173,
    "NOT_THE_OPERATOR",
    "Only the registrar or the authority's operator enters its revocation lists.",
    "只有登记管理方或该颁发机构的运营方可以录入吊销列表。",
)
REVOCATIONS_INVALID = Reason(
    174,
    "REVOCATIONS_INVALID",
    "The revocation list is too long, of the future, or not described entry by entry.",
    "吊销列表的长度、时间或描述不合规。",
)
REVOCATIONS_NOT_NEWER = Reason(
    175, "REVOCATIONS_NOT_NEWER", "A list as new as this one has been entered.", "已录入同样新或更新的吊销列表。"
)
KEY_WITHOUT_CERTIFICATE = Reason(
    176, "KEY_WITHOUT_CERTIFICATE", "The key does not stand on this certificate.", "该密钥并非凭此证书登记。"
)
REENROLMENT_CLOSED = Reason(
    177, "REENROLMENT_CLOSED", "The rulebook allows no re-enrolment.", "规则不允许重新登记密钥。"
)
REENROLMENT_OPEN = Reason(
    178, "REENROLMENT_OPEN", "A re-enrolment of the organisation waits already.", "该机构已有重新登记在公示期内。"
)
NO_REENROLMENT = Reason(
    179, "NO_REENROLMENT", "No re-enrolment of the organisation is waiting.", "该机构没有公示期内的重新登记。"
)
MAY_NOT_OBJECT = Reason(
    180,
    "MAY_NOT_OBJECT",
    "Only the organisation, a court, a regulator or the registrar may object.",
    "只有该机构、法院、监管机构或登记管理方可以提出异议。",
)
MANDATE_INVALID = Reason(
    181,
    "MANDATE_INVALID",
    "A mandate names 1 to 64 sorted commands outside identity, a limit from 0, and a day from today on.",
    "授权委托的指令、限额或期限不合规。",
)
MANDATE_TO_ITSELF = Reason(182, "MANDATE_TO_ITSELF", "An organisation gives itself no mandate.", "不得委托自身。")
NOT_YOUR_MANDATE = Reason(
    183, "NOT_YOUR_MANDATE", "Only the principal or the agent may end a mandate.", "只有委托方或代理机构可以终止委托。"
)
NO_SUCH_MANDATE = Reason(
    184, "NO_SUCH_MANDATE", "There is no such mandate, or it has been ended.", "没有此授权委托或已终止。"
)
MAY_NOT_ATTEST = Reason(
    185,
    "MAY_NOT_ATTEST",
    "The organisation has no role that may attest, or attests of itself.",
    "该机构无权出具此证明。",
)
CREDENTIAL_INVALID = Reason(
    186,
    "CREDENTIAL_INVALID",
    "The credential's kind, person, digest or expiry is out of form.",
    "证明的种类、人员、摘要或期限不合规。",
)
CREDENTIAL_EXISTS = Reason(
    187, "CREDENTIAL_EXISTS", "The issuer has attested this already; revoke it first.", "该证明已存在, 须先撤销。"
)
NO_SUCH_CREDENTIAL = Reason(
    188,
    "NO_SUCH_CREDENTIAL",
    "There is no such credential, or it has expired or was revoked.",
    "没有此证明, 或已到期、已撤销。",
)
CREDENTIAL_STATUS_INVALID = Reason(
    189,
    "CREDENTIAL_STATUS_INVALID",
    "The issuer says valid, suspended or revoked, and another than before.",
    "证明状态只能变更为有效、暂停或撤销。",
)
CERTIFICATE_NOT_VERIFIED = Reason(
    190,
    "CERTIFICATE_NOT_VERIFIED",
    "The certificates do not verify, or do not say what the command says of them.",
    "证书验证失败, 或与指令所述不一致。",
)
REVOCATIONS_NOT_VERIFIED = Reason(
    191,
    "REVOCATIONS_NOT_VERIFIED",
    "The revocation list does not verify, or does not say what the command says of it.",
    "吊销列表验证失败, 或与指令所述不一致。",
)
NO_VALIDATORS = Reason(
    192, "NO_VALIDATORS", "This network has no validators: a single node makes its blocks.", "本网络没有验证节点。"
)
VALIDATOR_CHANGED = Reason(
    193,
    "VALIDATOR_CHANGED",
    "The validator is not there with the power, the organisation and the name that the proposal says it has.",
    "该验证节点的现有权重、机构或名称与提案所述不一致。",
)
VALIDATOR_POWER_INVALID = Reason(
    194,
    "VALIDATOR_POWER_INVALID",
    "A change gives a validator another power, from 0 (it leaves) to 1000000000.",
    "验证节点的拟定权重须不同于现有权重, 且在 0 (退出) 至 1000000000 之间。",
)
VALIDATORS_OUT_OF_BOUNDS = Reason(
    195,
    "VALIDATORS_OUT_OF_BOUNDS",
    "There are 1 to 64 validators with a total power of 4 to 1000000000.",
    "验证节点须为 1 至 64 个, 总权重须在 4 至 1000000000 之间。",
)
POWER_CHANGES_TOO_MUCH = Reason(
    196,
    "POWER_CHANGES_TOO_MUCH",
    "In one block less than a third of the total power changes; take smaller steps, or vote again in a later block.",
    "同一区块内变更的权重须少于总权重的三分之一。",
)
SOFTWARE_VERSION_INVALID = Reason(
    197,
    "SOFTWARE_VERSION_INVALID",
    "A version is above the one in force; or 0, where one is to follow that is voted away.",
    "软件版本须高于现行版本; 撤销待生效版本时为 0。",
)
SOFTWARE_HEIGHT_INVALID = Reason(
    198,
    "SOFTWARE_HEIGHT_INVALID",
    "A version holds from a height above the deciding block's, at most 1000000000 ahead.",
    "软件版本的生效高度须高于作出决定的区块高度, 且不超过其后 1000000000。",
)
