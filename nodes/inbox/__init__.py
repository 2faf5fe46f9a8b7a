"""The approval inbox of a node 待复核事项: partly signed transactions wait for their other signers, off the ledger.

A maker leaves what it has signed; the checkers, and the other organisations that the transaction names, find it, add
their signatures, and what is complete is submitted. Nobody else sees it, and when the transaction expires it is gone.

| module | what it holds |
|---|---|
| schema, store | the items, in a file of their own beside the ledger |
| calls | who calls: a signed call, good once and for a minute |
| judge | what is still missing, by the rules of the ledger itself |
| service | the gRPC face: what each call does |
| rejections | why it refuses, 800–819 |

Not here: any decision. Authority is judged by the ledger when a transaction is submitted, as if there were no inbox; so
a node whose inbox lies, or is lost, can delay a signature and forge none. What a client signs it compares with its own
request (nodes/client/consent).
"""
