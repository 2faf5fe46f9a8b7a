"""A bank's statement of some days against the payments that the ledger was told of.

| module | what it holds |
|---|---|
| statement | the rows of a statement that name a voucher |
| payments | the ledger's payments in which the account's owner has a part |
| matching | which belong together, and what is left over on either side |

It stops a bank that reports a payment which never came, and shows a payment that was made and never reported. It
changes nothing: what to do about it is for people. Not here: what a bank paid out to finance a voucher, whose net sum
never stands on the ledger.
"""
