"""Why a claim, an occupation or a registration is refused, 200–299, in order of precedence. A number is never reused.

A command of another domain first refuses on grounds of its own; what stands here comes after them.
"""

from ledger.errors import Reason

INVOICE_AMOUNT_DIFFERS = Reason(
    200,
    "INVOICE_AMOUNT_DIFFERS",
    "The invoice is already occupied under another amount; the first occupation fixed it.",
    "发票已按另一金额登记占用, 以首次占用的金额为准。",
)
INVOICE_OVEROCCUPIED = Reason(
    201,
    "INVOICE_OVEROCCUPIED",
    "The vouchers that use the invoice would exceed its amount.",
    "使用该发票的凭证金额合计将超过发票金额。",
)
INVOICE_RED_LETTERED = Reason(
    202,
    "INVOICE_RED_LETTERED",
    "So much of the invoice was red-lettered that the vouchers would exceed the rest.",
    "发票已红冲, 占用金额合计将超过红冲后余额。",
)
ASSET_CLAIMED = Reason(
    210,
    "ASSET_CLAIMED",
    "A claim rests on the asset until its pledgee ends it.",
    "资产已设质押, 质权人解押前不得处分。",
)
NO_SUCH_CLAIM = Reason(211, "NO_SUCH_CLAIM", "No claim rests on the asset.", "资产上没有质押。")
NOT_THE_PLEDGEE = Reason(
    212, "NOT_THE_PLEDGEE", "The acting organisation is not the pledgee of the claim.", "操作机构不是质权人。"
)
BLANKET_REGISTERED = Reason(
    213,
    "BLANKET_REGISTERED",
    "Another bank has registered all receivables of the holder, and does not consent.",
    "持有人的应收账款已被其他机构概括登记, 且该机构未同意。",
)
REGISTRATION_USED = Reason(
    220,
    "REGISTRATION_USED",
    "The registration number was used before; no number is used twice, not even by the same secured party.",
    "该登记证明编号已被使用, 任何编号 (包括同一担保权人) 均不得重复使用。",
)
BLANKET_PARTIES_WRONG = Reason(
    230,
    "BLANKET_PARTIES_WRONG",
    "A blanket registration names the secured party, who acts, and the pledgor, who consents; ending it, the first.",
    "概括登记须由担保权人操作并经出质人同意; 注销由担保权人操作。",
)
BLANKET_NUMBER_INVALID = Reason(
    231, "BLANKET_NUMBER_INVALID", "A registration number has 20 digits.", "登记证明编号须为 20 位数字。"
)
BLANKET_TIME_OUT_OF_RANGE = Reason(
    232, "BLANKET_TIME_OUT_OF_RANGE", "A registration is filed before block time.", "登记时间不得晚于区块时间。"
)
BLANKETS_TOO_MANY = Reason(
    233,
    "BLANKETS_TOO_MANY",
    "At most 3 blanket registrations rest on one organisation.",
    "同一机构最多存在 3 项概括登记。",
)
NO_SUCH_BLANKET = Reason(
    234,
    "NO_SUCH_BLANKET",
    "The secured party has no blanket registration of this number on the pledgor.",
    "该担保权人对出质人没有此编号的概括登记。",
)
PLEDGOR_SUSPENDED = Reason(
    235,
    "PLEDGOR_SUSPENDED",
    "The pledgor is suspended: what it will ever have to claim is not encumbered by its consent.",
    "出质人已被暂停, 不得同意设立概括登记。",
)
