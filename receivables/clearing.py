"""Clearing 清算: what the paying bank, the payees and the clearing list say of payments.

1. From cut-off each range has one line: payees of record, their accounts, what is owed. The list is read, not kept.
2. A line may fail and stays owed. The holder may confirm a payment that was made outside.
3. A payee may object, until a set day, that it has not received. Nobody judges: the bank admits it, and the amount is
   owed again, or shows its evidence, and the mark stays until the objector withdraws it.
4. What was paid while frozen the bank hands over to the payees of record once no freeze is left.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
