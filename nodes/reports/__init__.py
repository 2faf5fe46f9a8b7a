"""Lists as they stood at the end of a civil day, each beside the proven totals that it must sum to.

| module | what it holds |
|---|---|
| queries | the node's side: lists read from the views of receivables, as of a day |
| service | its gRPC face |
| reading | the reader's side: a whole list and the proof of its totals |
| sums | what a list sums to, and where that differs from what is proved |

The list is the node's word, the totals are proved. Where the list sums to them, nothing was left out and nothing added:
that is what a confirmation at the year's end (函证) asks for. Not here: proofs (ledger), how a report looks
(nodes.cli), what may be shown to whom (callers are not known yet).
"""
