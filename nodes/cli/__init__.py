"""`hefu`: the command line.

- Exit codes: 0 done, or the proof holds; 1 the ledger refused or has no such thing, or the proof does not hold; 2 wrong
  usage, something that cannot be read or written, no node, or a defect of ours (HEFU_TRACEBACK=1 shows where). A reader
  who closes the pipe changes none of them, but for a help text that nobody takes: 2.
- Readable on a terminal, `--json` for machines; errors on stderr, in English and Chinese, without tracebacks.
- `verify` talks to nobody: what other commands need of gRPC is imported when they run.

| module | what it holds |
|---|---|
| app, failures, streams | the root, how each error ends, what is said |
| values, options, policies, changes | what people type |
| output, envelope, records, report_tables, progress | what people read |
| files, keyring, registrations, invoices, commitments, sheets | the files that people name |
| session, writing | keys and a node for one command; a command that is signed and submitted |
| node, network, witness, trust | a node, a network of nodes, a witness, whom an auditor trusts |
| proof, verify, tx, inbox | proofs, and transactions with their signers |
| keys, certificates, enrolment, org, credential, mandate | who: organisations, their keys, what they may do |
| gov, propose, propose_engine | votes |
| voucher, basket, trade | vouchers: issue, accept, split, transfer in its three ways |
| finance, quotes, aftercare, line, blanket | vouchers: money lent on them |
| payment, clearing, account | vouchers: payment, and what comes of it |
| orders, marks, endings | vouchers: orders of a court, disputes, endings without a payment |
| receivable | debts without a voucher |
| reading, alerts, importing, reconciling, reporting | what is asked of a ledger; sheets read and written |
"""


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from nodes.cli.app import app

    app()
