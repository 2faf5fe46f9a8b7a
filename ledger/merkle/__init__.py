"""Two Merkle trees: the append-only log (RFC 9162) and the sparse map of the state, each with a verifier of its own.

`verify_log` and `verify_state` import nothing but hashlib, so that an auditor can vendor them.
"""
