"""Basket transfer 组合转让: one amount out of 2 to 16 ranges, all of them or none.

1. Each range, or the first piece of a cut, locks for the receiver under the same deadline and the same digest of all.
2. An answer names every locked piece, in order: the digest says that none is left out.
3. What stops one of them, such as a freeze, stops the acceptance of all; refusal, withdrawal and deadline restore all.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
