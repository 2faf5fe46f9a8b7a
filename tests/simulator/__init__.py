"""The deterministic simulator: one seed, one life of a node with crashes, lost commits and a wild clock.

- `faults` numbers each call through a port and lets a seeded plan end the process before or after it, or lose
  its answer.
- `worlds` make the transactions: a toy table of commands, and the domains' own.
- `engines` drive the state machine: the solo adapter itself, and a fake of an engine with a log of its own.
- `schedule` is one life in memory; `files` is one on a SQLite file whose write-ahead log is cut.
- `shrink` looks for fewer faults that fail alike.
"""
