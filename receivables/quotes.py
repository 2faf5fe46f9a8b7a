"""Quotes 询价: a holder asks several banks; each seals its terms as a salted commitment.

1. Nothing locks. The documents travel off the ledger; their commitments stand here, so that all banks saw the same.
2. Until quote_by_ms a bank may seal another quote; from then on the holder, who was shown the terms, may request.
3. The range names the ask that is open. A request, a cut, a transfer or a newer ask ends it, and with it every quote.
"""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
