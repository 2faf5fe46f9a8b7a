"""Blanket registrations 概括登记: a secured party registers all receivables of a pledgor, present and future.

1. The pledgor consents; at most three rest on one organisation; their numbers are used up like any other.
2. Whoever registers a financing of one of its receivables needs the consent of every such secured party.

Priority follows registration (Civil Code 768), not the order of records here.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
