"""`make demo`: 2466 receivables become vouchers, move, are financed and paid; attacks are refused; proofs are checked.

It starts a real node as an operator would, and talks to it only over gRPC, as members would. What is on the ledger is
simulated: a clock that the registrar sets, invented names, keys made for this run.

| module | what it holds |
|---|---|
| sample | the file of receivables, read strictly |
| cast | who takes part: names, numbers, keys |
| calendar | the business days of 2012 to 2014 |
| plan, quarrels | what becomes of each receivable, day by day, and what goes wrong; decided before anything runs |
| steps, life, money, trouble | a plan as commands: their parts; from offer to payment; banks; disputes and freezes |
| lines | the lines under which enterprises offer, and which offers must therefore be refused |
| network | a node of its own, started and stopped; what follows needs only a client of a node |
| drive | day after day: clock, commands, receipts |
| scenes | what must be refused, and by which number: lines, quotes, a dispute, a freeze, attacks |
| evidence, checks | proof files, written by the node; `hefu verify`, asked about them with the node stopped |
| replay | the same blocks through a fresh state machine |
| tally, story | counting, one voucher's life |
| screen, figures, folding | how it looks |

Nothing here is part of the ledger; nothing of the ledger imports it.
"""
