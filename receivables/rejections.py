"""Why a voucher's command is refused, 300–499, in order of precedence. A number is never reused.

When several grounds hold, the lowest number is given; what pledges/ refuses (200–299) comes after all of these.
300–309 are about the command's form, 310–329 about what and who, 330–339 about state and day, 340–379 about its terms,
380–389 about the issuer and its lines, 400–429 about what stands beside a range: freezes, disputes, quotes, objections.
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
    "The face must lie within what the rulebook allows for its class.",
    "面额须在规则对该类别规定的范围之内。",
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
BASKET_INVALID = Reason(
    308,
    "BASKET_INVALID",
    "A basket names 2 to 16 ranges, sorted by package and start, none twice.",
    "组合转让须列明 2 至 16 张凭证, 按凭证包及起始号排序且不重复。",
)
QUOTE_REQUEST_INVALID = Reason(
    309,
    "QUOTE_REQUEST_INVALID",
    "An ask names 1 to 8 banks and 1 to 16 document commitments, each list sorted, none twice.",
    "询价须列明 1 至 8 家银行及 1 至 16 份文件承诺值, 均须排序且不重复。",
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
NOT_A_COURT = Reason(
    321,
    "NOT_A_COURT",
    "Only a court, or two service operators who enter its order and of whom the second is not suspended, may say this.",
    "须由法院, 或两家信息服务机构凭法院文书办理, 同意方不得处于暂停状态。",
)
NOT_A_PARTY = Reason(
    322, "NOT_A_PARTY", "The acting organisation is no party to this voucher.", "操作机构不是该凭证的当事人。"
)
NO_SUCH_LINE = Reason(323, "NO_SUCH_LINE", "There is no line of this id.", "额度不存在。")
NOT_THE_GRANTOR = Reason(
    324, "NOT_THE_GRANTOR", "The acting organisation did not grant the line.", "操作机构不是该额度的授信人。"
)
LINE_EXISTS = Reason(325, "LINE_EXISTS", "The grantor has used this number before.", "授信人已使用过该额度编号。")
NO_SUCH_RECEIVABLE = Reason(326, "NO_SUCH_RECEIVABLE", "There is no receivable of this id.", "应收账款不存在。")
NOT_ASKED_TO_QUOTE = Reason(
    327, "NOT_ASKED_TO_QUOTE", "The holder did not ask this bank for a quote.", "持有人未向该银行询价。"
)
CONSENT_MISSING = Reason(
    328,
    "CONSENT_MISSING",
    "The organisation whose consent is needed is not among those named.",
    "指令未列明须同意的机构。",
)
MAY_NOT_GRANT = Reason(
    329,
    "MAY_NOT_GRANT",
    "Issuing lines are granted by banks, factors and service operators, financing lines by banks and factors.",
    "开立额度由银行、保理公司或信息服务机构授予, 融资额度由银行或保理公司授予。",
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
VOUCHER_FROZEN = Reason(
    338, "VOUCHER_FROZEN", "A court has frozen the voucher or its whole package.", "凭证或其所属凭证包已被冻结。"
)
VOUCHER_DISPUTED = Reason(
    339,
    "VOUCHER_DISPUTED",
    "The voucher is disputed: no new financing until that is resolved.",
    "凭证存在争议, 解除前不得新增融资。",
)

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
    342,
    "LAYERS_EXHAUSTED",
    "The voucher has been cut as deep, or into as many pieces, as the rulebook allows.",
    "凭证拆分层级或张数已达上限。",
)
SECURED_OUT_OF_RANGE = Reason(
    343,
    "SECURED_OUT_OF_RANGE",
    "A pledge secures between 1 fen and the amount; a sale secures nothing.",
    "质押的担保金额须在 1 分与融资凭证金额之间; 转让不填担保金额。",
)
FORGIVEN_OUT_OF_RANGE = Reason(
    344,
    "FORGIVEN_OUT_OF_RANGE",
    "The holder may let off at most its own part of what is owed.",
    "减免金额不得超过持有人应收部分。",
)
COUNTERPARTY_IS_SELF = Reason(
    350, "COUNTERPARTY_IS_SELF", "The other side must be another organisation.", "对方须为另一家机构。"
)
COUNTERPARTY_IS_ISSUER = Reason(
    351,
    "COUNTERPARTY_IS_ISSUER",
    "Its debtor neither finances a voucher, nor is the seller of its trade, nor takes it in a basket.",
    "付款义务人不得为该凭证融资、作为见证交易的卖方或以组合方式受让。",
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
DELIVERY_DAY_OUT_OF_RANGE = Reason(
    365,
    "DELIVERY_DAY_OUT_OF_RANGE",
    "The day of delivery must not lie after today, nor after the due day.",
    "交货日不得晚于今日及到期日。",
)
SME_TERM_EXCEEDED = Reason(
    366,
    "SME_TERM_EXCEEDED",
    "A core enterprise pays a supplier within the rulebook's days after delivery.",
    "核心企业须在交货后规定天数内向供应商付款。",
)
OBJECTION_TOO_LATE = Reason(
    367, "OBJECTION_TOO_LATE", "The days to object to a payment have passed.", "付款异议期限已过。"
)
LINE_TERMS_INVALID = Reason(
    368,
    "LINE_TERMS_INVALID",
    "A line has a purpose, a positive limit, a last day not before today, and a group line of the same kind.",
    "额度须有用途、正数限额、不早于今日的截止日, 集团额度须为同一授信人及用途。",
)
SEARCH_TIME_OUT_OF_RANGE = Reason(
    369,
    "SEARCH_TIME_OUT_OF_RANGE",
    "The bank searches after the request and before it files.",
    "查询时间须在申请之后、登记之前。",
)
FINGERPRINTS_DIFFER = Reason(
    370,
    "FINGERPRINTS_DIFFER",
    "The payee's copies are of other invoices than the issue's.",
    "收款人的发票指纹与开立时不一致。",
)
TERMS_DIFFER = Reason(
    371, "TERMS_DIFFER", "What is consented to is not what was requested.", "同意的内容与申请不一致。"
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
ACCOUNT_NOT_OF_RECORD = Reason(
    374,
    "ACCOUNT_NOT_OF_RECORD",
    "A payee is to be paid to another account than the one it registered.",
    "收款账户与收款人登记的账户不符。",
)
QUOTE_DIFFERS = Reason(
    375,
    "QUOTE_DIFFERS",
    "These are not terms that the bank sealed in this round and still stands by.",
    "条件与该银行本轮有效密封报价不一致。",
)
VOUCHER_CLASS_UNKNOWN = Reason(
    376, "VOUCHER_CLASS_UNKNOWN", "The rulebook knows no such class of vouchers.", "规则中没有该凭证类别。"
)
BASKET_DIFFERS = Reason(
    377, "BASKET_DIFFERS", "These are not all ranges of the basket, in its order.", "所列凭证与组合不一致。"
)
TRADE_CONFIRMED = Reason(378, "TRADE_CONFIRMED", "This side has confirmed the trade already.", "该方已确认交易。")
SUBSTITUTE_DIFFERS = Reason(
    379,
    "SUBSTITUTE_DIFFERS",
    "The invoices put in place must be new to the package and sum to the share of the one replaced.",
    "替换发票须未在本凭证包使用, 且金额合计等于被替换发票的占用金额。",
)
ISSUER_BLOCKED = Reason(
    380,
    "ISSUER_BLOCKED",
    "The issuer has something overdue and issues no more until it is paid.",
    "开立人有逾期未付, 付清前不得开立。",
)
LINE_REQUIRED = Reason(
    381, "LINE_REQUIRED", "The rulebook asks for a line under which the voucher is issued.", "规则要求在额度项下开立。"
)
LINE_NOT_OPEN = Reason(
    382,
    "LINE_NOT_OPEN",
    "The line is not open to this use: other holder or purpose, suspended, closed or past its last day.",
    "额度不可用于该业务: 受信人或用途不符, 或已暂停、终止、到期。",
)
LINE_EXHAUSTED = Reason(
    383, "LINE_EXHAUSTED", "The line, or the group line above it, has less left than that.", "额度或集团额度余额不足。"
)
TERMS_OUT_OF_RANGE = Reason(
    390,
    "TERMS_OUT_OF_RANGE",
    "From these terms nothing can be computed: days and net must be positive.",
    "融资条件无法计算: 天数与净额须为正数。",
)

VOUCHER_PARTLY_PAID = Reason(
    400,
    "VOUCHER_PARTLY_PAID",
    "A range on which something was paid is neither moved nor financed nor cancelled.",
    "凭证已部分兑付, 不得转让、融资或注销。",
)
EVIDENCE_RED_LETTERED = Reason(
    401,
    "EVIDENCE_RED_LETTERED",
    "An invoice of the package was red-lettered and not replaced: no new financing until it is.",
    "凭证包的发票已红冲且未替换, 替换前不得新增融资。",
)
NO_SUCH_FREEZE = Reason(402, "NO_SUCH_FREEZE", "No freeze by this order rests on it.", "没有依据该文书的冻结。")
FREEZE_EXISTS = Reason(403, "FREEZE_EXISTS", "A freeze by this order rests on it already.", "该文书已办理冻结。")
FREEZES_TOO_MANY = Reason(
    404, "FREEZES_TOO_MANY", "At most 8 orders freeze one thing at a time.", "同一标的最多同时存在 8 项冻结。"
)
NOT_DISPUTED = Reason(405, "NOT_DISPUTED", "The voucher is not disputed.", "凭证不存在争议。")
NOT_SOLD = Reason(
    406, "NOT_SOLD", "The voucher was not bought by the bank that holds it.", "持有银行并非受让取得该凭证。"
)
NO_CANCEL_OFFERED = Reason(
    407, "NO_CANCEL_OFFERED", "The debtor offers no cancellation now.", "债务人目前没有注销要约。"
)
ALREADY_DUE = Reason(408, "ALREADY_DUE", "The package is due already.", "凭证包已到期。")
PREDECESSOR_HAS_NOTHING = Reason(
    409, "PREDECESSOR_HAS_NOTHING", "The predecessor has no position in this.", "被承继人在此没有权利或义务。"
)
QUOTES_CLOSED = Reason(
    410,
    "QUOTES_CLOSED",
    "No ask for quotes is open on the voucher, or its time to quote is over.",
    "凭证上没有有效询价, 或报价期限已过。",
)
QUOTES_NOT_YET_OPEN = Reason(411, "QUOTES_NOT_YET_OPEN", "The time to quote is not over yet.", "报价期限尚未届满。")
NOTHING_KEPT = Reason(412, "NOTHING_KEPT", "The bank keeps nothing for this voucher.", "银行没有为该凭证留存款项。")
OBJECTION_EXISTS = Reason(
    413,
    "OBJECTION_EXISTS",
    "An objection that was not answered, or the same payee's, stands on the voucher already.",
    "凭证上已有未答复的付款异议, 或该收款人已提出异议。",
)
NO_OBJECTION = Reason(
    414, "NO_OBJECTION", "No objection that waits for this stands on the voucher.", "凭证上没有待处理的付款异议。"
)
RECEIVABLE_EXISTS = Reason(
    415, "RECEIVABLE_EXISTS", "The creditor has used this number before.", "债权人已使用过该编号。"
)
RECEIVABLE_ANSWERED = Reason(
    416,
    "RECEIVABLE_ANSWERED",
    "The receivable was confirmed, contested or withdrawn already.",
    "该应收账款已确权、已提异议或已撤回。",
)
NOT_AN_INVOICE_OF_IT = Reason(
    417, "NOT_AN_INVOICE_OF_IT", "The package rests on no such invoice.", "凭证包未使用该发票。"
)
RED_LETTER_EXISTS = Reason(418, "RED_LETTER_EXISTS", "The package says so already.", "凭证包已标记该红冲。")
NOTHING_TO_RESTORE = Reason(
    419, "NOTHING_TO_RESTORE", "No payment waits to be restored to a line.", "没有待恢复的额度。"
)
RELATED_INVALID = Reason(
    420,
    "RELATED_INVALID",
    "Related parties are at most 64 other organisations, sorted, none twice.",
    "关联方最多 64 家其他机构, 须排序且不重复。",
)
FAIL_REASON_INVALID = Reason(
    421, "FAIL_REASON_INVALID", "A failed line needs one of the reasons that there are.", "清算失败须注明规定的原因。"
)
CONFIRMATION_NOT_OFFERED = Reason(
    422,
    "CONFIRMATION_NOT_OFFERED",
    "The rulebook gives debtors no days to confirm, so nobody may be asked.",
    "规则未规定确权期限, 不得申请确权。",
)
