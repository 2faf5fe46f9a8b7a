"""Who acts: organisations, the keys that sign for them, the persons behind the keys, and what a signature is good for.

The consortium's registrar, named by genesis, admits an organisation under its USCC or LEI with roles, a policy and its
first keys, each of which proves that somebody holds it. From then on `authorise` decides for every transaction whether
its signers satisfy the policy of every organisation that it names: it counts persons, not keys, wants each role that
the policy asks for from a different person, and adds up amounts over the transaction and, where the policy says so,
over the civil day. A key belongs to one organisation for ever; it is replaced, revoked or runs out, never handed on.

Deliberately not here: votes of the consortium, X.509 and DID credentials, mandates, succession; who a person is (only
salted commitments); network addresses and logins; a way for the registrar to sign or to loosen a policy for a member.
"""
