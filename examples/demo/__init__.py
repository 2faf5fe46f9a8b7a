"""`make demo`: 2466 receivables become vouchers, move, are financed and paid; attacks are refused; proofs are checked.

It starts a real node as an operator would, and talks to it only over gRPC, as members would. What is on the ledger is
simulated: a clock that the registrar sets, invented names, keys made for this run.

| module | what it holds |
|---|---|
| sample | the file of receivables, read strictly |
| cast | who takes part: names, numbers, keys |
| calendar | the business days of 2012 to 2014 |
| plan | what becomes of each receivable, day by day, decided before anything runs |
| steps | a plan as commands |
| network | a node of its own, started and stopped |
| drive | day after day: clock, commands, receipts |
| attacks | what must be refused, and by which number |
| evidence | proof files, written by the node and checked by `hefu verify` with the node stopped |
| replay | the same blocks through a fresh state machine |
| tally, story, screen | counting, one voucher's life, and how it looks |

Nothing here is part of the ledger; nothing of the ledger imports it.
"""
