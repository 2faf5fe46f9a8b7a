"""`python -m bench`: what a real node does in a second, what an operation costs, how large and how fast proofs are.

1. `world` makes organisations and a genesis; `plan` makes vouchers' lives out of real commands; `signing` signs them,
   outside the clock, in processes of their own.
2. `node` runs a real node (door and kernel) on a database of its own; `load` sends the batches over gRPC streams and
   counts what was committed. A single refusal fails the run.
3. `growth` drives the state machine alone at three sizes of its state, alternating; `proofs` measures at the largest.
4. `machine` tells what this runs on and how fast one thread verifies signatures, in the same run.
5. `report` makes bench/results/latest.json of it, `table` what is printed, `readme` what README quotes.

`python -m bench.network` does the same for four validators, beside CometBFT's own kvstore; `python -m bench.soak` looks
for what grows. `network_nodes` runs a network, `kvstore` the baseline; `network_load` counts what all have committed;
`processes` tells the processor time and memory of each part; `network_report` is table, file and README's section.

Absolute figures belong to the machine that is named beside them; the ratios within one run are what can be compared.
"""
