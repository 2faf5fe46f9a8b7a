"""The kernel: one append-only Merkle log, one state tree, and the rules by which a block changes them.

It knows no organisation, no voucher and no receipt. It verifies signatures over bytes, runs the command that a table
names, and commits to everything decided. Who may sign is asked of `authorise`; what a command means, of the domains.
"""
