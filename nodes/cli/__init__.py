"""`hefu`: the command line.

- Exit codes: 0 done, or the proof holds; 1 the ledger refused or has no such thing, or the proof does not hold; 2 wrong
  usage, something that cannot be read or written, no node, or a defect of ours (HEFU_TRACEBACK=1 shows where). A reader
  who closes the pipe changes none of them, but for a help text that nobody takes: 2.
- Readable on a terminal, `--json` for machines; errors on stderr, in English and Chinese, without tracebacks.
- `verify` talks to nobody: what other commands need of gRPC is imported when they run.

| module | what it holds |
|---|---|
| app, failures, streams | the root, how each error ends, what is said |
| values, options, policies, output | what people type and read |
| session, writing | keys and a node for one command; a command that is signed and submitted |
| sheets, progress, report_tables | sheets as options and tables, a bar, reports as tables |
| node, keys, org, voucher, finance, payment, reading, proof, tx, inbox, mandate, trust, verify | the commands |
| importing, reconciling, reporting | the commands that read or write sheets |
"""


def main() -> None:
    """Run the command line; ends the process with its exit code."""
    from nodes.cli.app import app

    app()
