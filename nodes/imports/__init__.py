"""A treasurer's payables become vouchers: a sheet, or a folder of UBL invoices, read, looked at, then issued.

| module | what it holds |
|---|---|
| payables | one row as one payable: columns, parsing |
| ubl | one UBL 2.1 invoice as one payable |
| plan | payables as vouchers: what repeats, exceeds or contradicts |
| reading | a file or a folder into a plan, with its digest |
| journal | what was signed and what was decided, beside the file |
| issuing | sign, submit, go on after an interruption |

1. Everything is read and judged before anything is signed. With a bad row nothing is issued, unless the treasurer says
   that the good ones may go.
2. A voucher is one transaction: it happens or not.
3. Nothing happens twice. A voucher's number follows from its invoice, unless the sheet gives one; the ledger takes a
   number once, and an invoice up to its amount. What was signed is in the journal before it is sent, so that what is
   sent again after an interruption are the same bytes, which happen once.

Not here: sheets (nodes.sheets), the terminal (nodes.cli.importing), whether a policy is satisfied (the ledger).
"""
