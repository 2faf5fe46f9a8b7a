"""How ranges end without a payment: cancellation by agreement 协议注销 and merger 混同 (Civil Code 576).

1. The debtor opens a package for cancellation; each holder consents for its own range, which ends. No claim, no freeze,
   no payment, and before cut-off.
2. When all ranges of a package were cancelled it is cancelled, and its invoices are free.
3. A range whose holder is its debtor merges. Its invoices stay used.
4. An ended range leaves the issuer's totals and its line; from then on the package is paid range by range.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
