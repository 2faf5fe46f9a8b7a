"""A node asks witnesses to cosign its checkpoints, so that proofs are WITNESSED and no second history can be shown.

| module | what it holds |
|---|---|
| address | a witness as the configuration names it |
| asking | one question to one witness, and every way in which it may fail |
| kept | the published checkpoint with its cosignatures, in a file |
| rounds | when which witness is asked, and what proofs get of it |

A witness is a stranger on the network. Whatever it answers is bounded, checked with its configured key, and never slows
the ledger: nothing here is asked while a block is made.

Not here: the witness itself (nodes/witness), and how many cosignatures are enough, which a reader's trust file says.
"""
