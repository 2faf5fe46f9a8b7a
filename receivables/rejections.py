"""Why a voucher's command is refused, 300–499, in order of precedence. A number is never reused.

When several grounds hold, the lowest number is given; what pledges/ refuses (200–299) comes after all of these.
300–309 are about the command's form, 310–329 about what and who, 330–339 about state and day, 340–379 about its terms.
"""

from ledger.errors import Reason

ORGANISATIONS_WRONG = Reason(
    300,
    "ORGANISATIONS_WRONG",
    "The command must name the acting organisation and exactly those whose consent it needs.",
    "指令须恰好列明操作机构及须同意的机构。",
)
NUMBER_INVALID = Reason(
    301,
    "NUMBER_INVALID",
    "A package number has 1 to 24 characters of A-Z, 0-9 and -.",
    "凭证编号须为 1 至 24 位大写字母、数字或连字符。",
)
FACE_OUT_OF_RANGE = Reason(
    302,
    "FACE_OUT_OF_RANGE",
    "The face must be positive and within the rulebook's maximum.",
    "面额须为正数且不超过规则上限。",
)
COMMITMENT_INVALID = Reason(303, "COMMITMENT_INVALID", "A commitment has 32 bytes.", "承诺值须为 32 字节。")
INVOICES_INVALID = Reason(
    304,
    "INVOICES_INVALID",
    "A package needs 1 to 16 invoices, sorted by fingerprint, none twice, each share between 1 and its amount.",
    "凭证须列明 1 至 16 张发票, 按指纹排序且不重复, 占用金额在 1 与发票金额之间。",
)
INVOICES_NOT_THE_FACE = Reason(
    305, "INVOICES_NOT_THE_FACE", "The shares of the invoices do not sum to the face.", "发票占用金额合计不等于面额。"
)
FORM_INVALID = Reason(
    306,
    "FORM_INVALID",
    "A financing is a sale with recourse, a sale without recourse, or a pledge.",
    "融资方式须为有追保理、无追保理或质押。",
)
REGISTRATION_NUMBER_INVALID = Reason(
    307, "REGISTRATION_NUMBER_INVALID", "A registration number has 20 digits.", "登记证明编号须为 20 位数字。"
)

NOT_A_CORE_ENTERPRISE = Reason(
    310, "NOT_A_CORE_ENTERPRISE", "Only a core enterprise issues vouchers.", "只有核心企业可以开立凭证。"
)
PACKAGE_EXISTS = Reason(311, "PACKAGE_EXISTS", "The issuer has used this number before.", "开立人已使用过该编号。")
NO_SUCH_PACKAGE = Reason(312, "NO_SUCH_PACKAGE", "There is no package of this id.", "凭证包不存在。")
NO_SUCH_VOUCHER = Reason(
    313, "NO_SUCH_VOUCHER", "There is no such range; it may have been cut.", "凭证不存在, 可能已被拆分。"
)
NO_REQUEST_PENDING = Reason(
    314,
    "NO_REQUEST_PENDING",
    "No request of this kind waits on the voucher; it may have been answered, or its deadline has passed.",
    "凭证上没有待处理的该类申请, 可能已处理或已逾期。",
)
NOTHING_TO_LAPSE = Reason(
    315, "NOTHING_TO_LAPSE", "The issue was answered in time, or freed already.", "该开立已按时处理或已释放。"
)
NOT_THE_ISSUER = Reason(316, "NOT_THE_ISSUER", "The acting organisation is not the issuer.", "操作机构不是开立人。")
NOT_THE_PAYEE = Reason(317, "NOT_THE_PAYEE", "The acting organisation is not the payee.", "操作机构不是收款人。")
NOT_THE_HOLDER = Reason(318, "NOT_THE_HOLDER", "The acting organisation is not the holder.", "操作机构不是持有人。")
NOT_THE_COUNTERPARTY = Reason(
    319, "NOT_THE_COUNTERPARTY", "The request was made to another organisation.", "该申请的对象是其他机构。"
)
NOT_THE_PAYING_BANK = Reason(
    320, "NOT_THE_PAYING_BANK", "Only the package's paying bank reports its payments.", "只有付款行可以报告兑付。"
)

ISSUE_LAPSED = Reason(
    330, "ISSUE_LAPSED", "The deadline to accept has passed; the issue has lapsed.", "签收期限已过, 开立已失效。"
)
NOT_PENDING = Reason(331, "NOT_PENDING", "The issue has been answered already.", "该开立已处理。")
PACKAGE_NOT_LIVE = Reason(
    332, "PACKAGE_NOT_LIVE", "The package was never accepted, or is settled.", "凭证包未签收或已结清。"
)
VOUCHER_CLOSED = Reason(333, "VOUCHER_CLOSED", "Nothing is owed on the voucher any more.", "凭证已兑付完毕。")
VOUCHER_LOCKED = Reason(
    334,
    "VOUCHER_LOCKED",
    "A request waits on the voucher until it is answered or its deadline comes.",
    "凭证已锁定, 有申请待处理。",
)
PAST_CUT_OFF = Reason(
    335, "PAST_CUT_OFF", "From cut-off on no voucher is split, moved or financed.", "已过截止日, 不得拆分、转让或融资。"
)
BEFORE_CUT_OFF = Reason(
    336,
    "BEFORE_CUT_OFF",
    "The paying bank pays from cut-off on; before, the issuer may prepay.",
    "未到截止日; 提前付款请用提前兑付。",
)
LAPSE_TOO_EARLY = Reason(337, "LAPSE_TOO_EARLY", "The deadline to accept has not passed yet.", "签收期限尚未届满。")

AMOUNT_OUT_OF_RANGE = Reason(
    340,
    "AMOUNT_OUT_OF_RANGE",
    "The amount must be positive and within what there is.",
    "金额须为正数且不超过可用金额。",
)
PIECE_TOO_SMALL = Reason(
    341,
    "PIECE_TOO_SMALL",
    "The cut would leave a piece below the rulebook's minimum.",
    "拆分后的凭证低于规则规定的最小金额。",
)
LAYERS_EXHAUSTED = Reason(
    342, "LAYERS_EXHAUSTED", "The voucher has been cut as often as the rulebook allows.", "凭证拆分层级已达上限。"
)
SECURED_OUT_OF_RANGE = Reason(
    343,
    "SECURED_OUT_OF_RANGE",
    "A pledge secures between 1 fen and the amount; a sale secures nothing.",
    "质押的担保金额须在 1 分与融资凭证金额之间; 转让不填担保金额。",
)
COUNTERPARTY_IS_SELF = Reason(
    350, "COUNTERPARTY_IS_SELF", "The other side must be another organisation.", "对方须为另一家机构。"
)
COUNTERPARTY_IS_ISSUER = Reason(
    351, "COUNTERPARTY_IS_ISSUER", "A voucher does not go back to its issuer.", "凭证不得转回开立人。"
)
COUNTERPARTY_UNKNOWN = Reason(
    352, "COUNTERPARTY_UNKNOWN", "The other side is no admitted organisation.", "对方机构尚未准入。"
)
COUNTERPARTY_SUSPENDED = Reason(353, "COUNTERPARTY_SUSPENDED", "The other side is suspended.", "对方机构已被暂停。")
NOT_A_BANK = Reason(
    354,
    "NOT_A_BANK",
    "The organisation named lacks the role for it: a bank, clearing bank or factor.",
    "所列机构不具备银行、清算银行或保理公司资格。",
)
DUE_DAY_OUT_OF_RANGE = Reason(
    360,
    "DUE_DAY_OUT_OF_RANGE",
    "The due day must lie after today and within the longest term.",
    "到期日须晚于今日且不超过最长期限。",
)
LONG_TERM_REASON_WRONG = Reason(
    361,
    "LONG_TERM_REASON_WRONG",
    "A long term needs a reason of at most 120 characters; a shorter one takes none.",
    "长期限须说明理由 (不超过 120 字), 短期限不填。",
)
DEADLINE_OUT_OF_RANGE = Reason(
    362,
    "DEADLINE_OUT_OF_RANGE",
    "The deadline must lie after block time, not after cut-off, and within the longest time to answer.",
    "期限须晚于区块时间, 不晚于截止日, 且不超过最长答复时间。",
)
FILING_TIME_OUT_OF_RANGE = Reason(
    363,
    "FILING_TIME_OUT_OF_RANGE",
    "The registration must be filed after the request and before block time.",
    "登记时间须在申请之后、区块时间之前。",
)
VALUE_DAY_OUT_OF_RANGE = Reason(
    364,
    "VALUE_DAY_OUT_OF_RANGE",
    "The value day must lie between the day of the filing and today.",
    "起息日须在登记日与今日之间。",
)
FINGERPRINTS_DIFFER = Reason(
    370,
    "FINGERPRINTS_DIFFER",
    "The payee's copies are of other invoices than the issue's.",
    "收款人的发票指纹与开立时不一致。",
)
TERMS_DIFFER = Reason(
    371, "TERMS_DIFFER", "The bank consents to other terms than those requested.", "受理的条件与申请不一致。"
)
PAYEE_NOT_OF_RECORD = Reason(
    372,
    "PAYEE_NOT_OF_RECORD",
    "The payees and their amounts are not those of record: the pledgee up to the secured sum, then the holder.",
    "收款人或金额与登记不符: 质权人以担保金额为限, 其余归持有人。",
)
PAID_BY_RANGES = Reason(
    373,
    "PAID_BY_RANGES",
    "A range was paid by itself; the package is now paid range by range.",
    "已有凭证单独兑付, 此后须逐张兑付。",
)
ISSUER_BLOCKED = Reason(
    380,
    "ISSUER_BLOCKED",
    "The issuer has something overdue and issues no more until it is paid.",
    "开立人有逾期未付, 付清前不得开立。",
)
TERMS_OUT_OF_RANGE = Reason(
    390,
    "TERMS_OUT_OF_RANGE",
    "From these terms nothing can be computed: days and net must be positive.",
    "融资条件无法计算: 天数与净额须为正数。",
)
