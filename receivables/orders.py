"""What a court orders, or two service operators enter for it: freezes, succession, acceleration.

1. A freeze names the digest of its order, and only an order that names it ends it. Several may rest on one thing.
2. A range is frozen by itself or with its whole package, whose record every command about a range reads.
3. While frozen nothing moves, nothing is financed or cancelled, and nobody is payee; a lapse does not end it.
4. Succession moves what the predecessor is in one range, or who owes one package. Acceleration makes a package due.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
