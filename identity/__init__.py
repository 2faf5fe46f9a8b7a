"""Who acts: organisations, the keys that sign for them, the persons behind the keys, and what a signature is good for.

The consortium's registrar, named by genesis, admits an organisation under its USCC or LEI with roles, a policy and its
first keys, each of which proves that somebody holds it. From then on `authorise` decides for every transaction whether
its signers satisfy the policy of every organisation that it names: it counts persons, not keys, wants each role that
the policy asks for from a different person, and adds up amounts over the transaction and, where the policy says so,
over the civil day. A key belongs to one organisation for ever; it is replaced, revoked or runs out, never handed on.

A rule with an upper amount is good for what moves an amount only, never for a command of this domain: else whoever may
sign for a little could change who signs for everything. So a policy whose rules all have an upper amount could not be
changed by its organisation; such a policy is refused.

In this release members must trust the registrar: its key admits keys, so a registrar that cheats can admit keys of its
own as those of a member, and they sign for it like any other. It cannot do so unseen: each key, and that the registrar
admitted it, stands in the log and the state (docs/decisions/0011). Admission by votes and X.509 come next.

Deliberately not here: votes of the consortium, X.509 and DID credentials, mandates, succession; who a person is (only
salted commitments); network addresses and logins; a command by which the registrar sets a member's policy.
"""
