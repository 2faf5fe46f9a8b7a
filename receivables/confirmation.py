"""Confirmation of a receivable without a voucher 到货确权.

1. A creditor asks its debtor to confirm a delivered, invoiced debt. The debtor has the rulebook's 30 days.
2. Confirmed, it is a package like others, whose invoices are occupied; but no undertaking: defences remain.
3. Unanswered it means so by itself, and is listed for the regulator; contested it stays as it is. Both may still be
   confirmed.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
