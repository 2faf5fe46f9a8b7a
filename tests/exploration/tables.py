"""The command tables whose transitions are explored."""

from ledger.seam import CommandTable
from pledges import blankets
from receivables import transitions

COMMANDS: CommandTable = {**blankets.COMMANDS, **transitions.COMMANDS}
