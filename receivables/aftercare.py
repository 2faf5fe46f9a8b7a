"""After the pay-out: repurchase 回购, reassignment 再转让, enforcement 实现质权. All on any day.

1. Repurchase: the seller pays back, the bank consents, and the range is the seller's again. Its line is restored.
2. Reassignment: a bank's position, its claim or its bought range, passes to another bank, which files anew.
3. Enforcement: holder or court consents that what is still secured passes to the pledgee; the rest stays unclaimed.
   Nothing passes before that (Civil Code 428), and no cut by enforcement is too small or too deep.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
