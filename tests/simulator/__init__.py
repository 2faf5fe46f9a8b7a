"""The deterministic simulator: one seed, one life of a node with crashes, lost commits and a wild clock.

- `faults` numbers each call through a port and lets a seeded plan end the process before or after it, or lose
  its answer.
- `worlds` make the transactions: a toy table of commands, and the domains' own.
- The solo adapter drives the state machine, or, in every other life, the adapter of CometBFT under a model of that
  engine: `cometbft`. `replica` is a second node that is told the same blocks, and must end at the same.
- `schedule` is one life in memory; `files` is one on a SQLite file whose write-ahead log is cut.
- `clock` stands still.
- `shrink` looks for fewer faults that fail alike.
"""
