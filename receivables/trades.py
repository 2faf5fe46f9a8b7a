"""Conditional transfer 见证支付: a range locks until buyer and seller have both confirmed the trade.

1. The seller becomes holder with the second confirmation. Each side repeats the trade's commitment.
2. The seller may give it up at any time, the holder until the seller has confirmed; the deadline ends it for all.
3. A dispute of holder, buyer or seller stops the timeout: the lock then ends at cut-off, or as before when answered.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
