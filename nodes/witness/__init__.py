"""A witness 见证方: it cosigns what a log shows it, as long as each log that it sees continues the one before.

Whoever holds a checkpoint with the cosignatures of enough witnesses knows that nobody was shown another history. The
protocol is C2SP tlog-witness, so other logs may use this witness, and nodes of ours others'.

| module | what it holds |
|---|---|
| submission | the body of add-checkpoint, written and read |
| judge | the rules: which checkpoint is cosigned, and how each other one is refused |
| store | the logs, their keys and the newest cosigned checkpoint of each, in an SQLite file |
| directory | a witness's data directory |
| service | add-checkpoint from its bytes to its answer, and the HTTP server |
| running | the process |

Not here: the node that asks witnesses (nodes/cosigners), and who trusts which witness (ledger/trust).
"""
