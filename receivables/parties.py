"""What an organisation says of itself: where it wants to be paid, and who is related to it.

1. The first account is good at once, a later one after the rulebook's delay, so that a stolen key cannot redirect the
   payments of tomorrow. Every payment names the payee's account of record.
2. Related parties are declared, never judged; alerts read them.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
