"""The commands of identity but for PROPOSE and VOTE, which need to know what other domains let a vote change."""

from identity import credentials, enrolment, mandates, transitions
from ledger.seam import CommandTable

COMMANDS: CommandTable = {
    **transitions.COMMANDS,
    **enrolment.COMMANDS,
    **mandates.COMMANDS,
    **credentials.COMMANDS,
}
