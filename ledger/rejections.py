"""Why the kernel refuses, 1–99, in order of precedence. A number is never reused.

Only TOO_MANY_RECORDS and INTERNAL are ever the outcome of an authorised transaction; the others use up no id and
leave no leaf.
"""

from ledger.errors import Reason

MALFORMED_TRANSACTION = Reason(
    1, "MALFORMED_TRANSACTION", "The bytes are not a transaction in its one encoding.", "字节不是规范编码的交易。"
)
TRANSACTION_TOO_LARGE = Reason(
    2,
    "TRANSACTION_TOO_LARGE",
    "The transaction has more bytes or signatures than the limits allow.",
    "交易的字节数或签名数超过上限。",
)
WRONG_NETWORK = Reason(
    3, "WRONG_NETWORK", "The transaction was signed for another network.", "交易是为另一个网络签署的。"
)
UNKNOWN_ALGORITHM = Reason(
    4, "UNKNOWN_ALGORITHM", "The signature algorithm has no meaning on this network.", "本网络不支持该签名算法。"
)
BAD_SIGNATURE = Reason(5, "BAD_SIGNATURE", "A signature does not verify.", "签名验证失败。")
EXPIRED = Reason(6, "EXPIRED", "Block time has reached valid_until_ms; sign again.", "交易已过有效期, 请重新签署。")
VALID_TOO_LONG = Reason(
    7, "VALID_TOO_LONG", "valid_until_ms lies further ahead than the horizon allows.", "有效期超过允许的最远时间。"
)
UNKNOWN_KIND = Reason(8, "UNKNOWN_KIND", "The command kind is not in the command table.", "未知的指令类型。")
MALFORMED_PAYLOAD = Reason(
    9, "MALFORMED_PAYLOAD", "The payload is not the command's message in its one encoding.", "指令内容不是规范编码。"
)
QUOTA_EXCEEDED = Reason(
    10,
    "QUOTA_EXCEEDED",
    "The organisation has used up its transactions of this block; try the next.",
    "该机构在本区块的交易数已达上限, 请稍后重试。",
)
TOO_MANY_RECORDS = Reason(
    11,
    "TOO_MANY_RECORDS",
    "The commands together change more records than one transaction may; submit them in several.",
    "交易改变的记录数超过上限, 请分多笔提交。",
)
INTERNAL = Reason(
    99,
    "INTERNAL",
    "A defect of the software stopped the command; nothing was changed.",
    "软件缺陷中止了指令, 状态未改变。",
)
