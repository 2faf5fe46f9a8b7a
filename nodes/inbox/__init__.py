"""The approval inbox of a node: partly signed transactions wait for their other signers, off the ledger."""
