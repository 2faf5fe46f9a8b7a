"""The log as anybody may read it: C2SP tlog-tiles over HTTP.

Leaves say that something was decided, not what (docs/decisions/0005), so the log itself is public where its members
agree: who reads the tiles can recompute the root, follow its growth, and compare checkpoints with others.

| module | what it holds |
|---|---|
| paths | which tile or bundle a path names |
| server | the HTTP server |

Where validators decide, the same server answers what the light client of a node that joins asks
(nodes/engines/cometbft/passage.py).

Not here: the transactions themselves and state, which only members read; and who cosigns the checkpoint
(nodes/cosigners).
"""
