"""Who acts: organisations, the keys that sign for them, the persons behind the keys, and what a signature is good for.

The consortium's registrar, or a vote, admits an organisation under its USCC or LEI with roles, a policy and its first
keys, each of which proves that somebody holds it. From then on `authorise` decides for every transaction whether
its signers satisfy the policy of every organisation that it names: it counts persons, not keys, wants each role that
the policy asks for from a different person, and adds up amounts over the transaction and, where the policy says so,
over the civil day. A key belongs to one organisation for ever; it is replaced, revoked or runs out, never handed on.

A rule with an upper amount is good for what moves an amount only, never for a command of this domain: else whoever may
sign for a little could change who signs for everything. So a policy whose rules all have an upper amount could not be
changed by its organisation; such a policy is refused.

What no member should decide alone the voters decide, named first by genesis: by more than two thirds they admit and
suspend members, give the roles that the rulebook puts to the vote, replace the registrar, trust certificate
authorities, and change rulebooks, limits, the calendar and the electorate itself (docs/decisions/0018). A proposal
keeps the voters with whom it opened; a vote names what was read; the deciding vote makes the change.

Where the rulebook asks for it a key comes with certificates (X.509) of a trusted authority. A node's door checks them;
the rules judge by state what they say, so no state depends on a library. An organisation that has lost its keys gets
new ones from the registrar, with certificates, after notice and a waiting period, unless somebody objects. By a mandate
an organisation lets another sign for it, and what organisations attest of each other are credentials.

Deliberately not here: succession; who a person is (only salted commitments); network addresses and logins; a command by
which the registrar sets a member's policy; what other domains' rulebooks mean.
"""
