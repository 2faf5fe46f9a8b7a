"""Why the approval inbox refuses, 800–819, in order of precedence. A number is never reused.

Nothing here is an outcome of the ledger: no leaf, no id used up. What the ledger would say of an item, or has said, is
answered with the ledger's own numbers.
"""

from ledger.errors import Reason

CALL_FOR_ANOTHER = Reason(
    800, "CALL_FOR_ANOTHER", "The call names another network, node or method.", "该调用针对其他网络、节点或方法。"
)
CALL_NOT_FRESH = Reason(
    801,
    "CALL_NOT_FRESH",
    "The call was signed more than a minute away from the node's clock.",
    "调用签署时间与节点时钟相差超过一分钟。",
)
CALL_NOT_SIGNED = Reason(802, "CALL_NOT_SIGNED", "The call's signature does not verify.", "调用签名验证失败。")
CALLER_UNKNOWN = Reason(
    803,
    "CALLER_UNKNOWN",
    "The caller's key is not admitted, not valid now, or a machine's.",
    "调用密钥未登记、当前无效或为系统密钥。",
)
CALL_REPLAYED = Reason(804, "CALL_REPLAYED", "The call was made before.", "该调用已被使用过。")
NO_SUCH_ITEM = Reason(805, "NO_SUCH_ITEM", "Nothing of this id waits for the caller.", "没有等待该调用方处理的此事项。")
ITEM_CLOSED = Reason(806, "ITEM_CLOSED", "The item has been decided or rejected.", "该事项已提交或已退回。")
NOT_SIGNED_BY_CALLER = Reason(
    807, "NOT_SIGNED_BY_CALLER", "Who leaves a transaction must have signed it.", "提交待复核事项者须先签名。"
)
SIGNER_UNFIT = Reason(
    808,
    "SIGNER_UNFIT",
    "A signature of the item does not verify, or is by no valid key of an organisation that it names.",
    "签名验证失败, 或签名密钥不属于交易所列机构。",
)
SIGNATURES_TOO_MANY = Reason(
    809, "SIGNATURES_TOO_MANY", "The item would have more signatures than a transaction may.", "签名数量将超过上限。"
)
INBOX_FULL = Reason(
    810,
    "INBOX_FULL",
    "The organisation, or all together, have left as many items, or made as many calls, as the node takes.",
    "待复核事项或调用数量已达上限。",
)
