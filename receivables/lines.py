"""Lines 额度: a bank, a factor or a service operator grants them, changes them, and is restored to them.

1. An issuing line is for whoever issues under it, a financing line for the issuer whose debts a bank finances.
2. A group line has no group line above it; a line under it is of the same grantor and purpose.
3. A change never touches what is in use: a limit below it leaves nothing free. Closed is for ever.
4. A payment of a whole package writes no range, so the bank restores a range's part of it by a command of its own.

What issuing, financing and payment do to lines stands in line_use.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
