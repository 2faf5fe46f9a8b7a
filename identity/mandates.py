"""Mandates 委托: who may act for whom, for which commands, up to how much, until when."""

from ledger.seam import CommandTable

COMMANDS: CommandTable = {}
