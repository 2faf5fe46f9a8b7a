"""Disputes, red letters, and evidence put in place of other evidence.

1. A dispute is a mark of holder or debtor: no new financing, but the due day and every payment stay. Who opened it
   ends it. It survives a lapse, a cut and a transfer.
2. A red letter 红冲 is told to the package and to the invoice: the package takes no new financing, the invoice no new
   occupation beyond what is left of it.
3. Other invoices may take the place of one; a red-lettered one is never free again.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
