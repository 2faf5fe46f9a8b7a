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
REGISTRATION_USED = Reason(
    220,
    "REGISTRATION_USED",
    "The registration number was used before; no number is used twice, not even by the same secured party.",
    "该登记证明编号已被使用, 任何编号 (包括同一担保权人) 均不得重复使用。",
)
