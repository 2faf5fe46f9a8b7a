"""Credentials 证明: what one organisation attests of another, or of a person of it, and whether it still stands."""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
