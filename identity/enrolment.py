"""Lost keys and revoked certificates: notice, waiting period, objection; what a revocation list ends."""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
