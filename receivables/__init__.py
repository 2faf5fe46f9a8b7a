"""Electronic vouchers of receivables 应收账款电子凭证: a package of 分, numbered 1…face, of which a voucher is a
range.

The story: a core enterprise issues a package against invoices; its payee accepts, refuses or lets it lapse. From then
on ranges live. A holder cuts its range, hands it or a part of it to another, or asks one bank for money: the range
locks, the bank takes, registers and pays out, by sale or against a pledge, each step before its deadline, else what
was returns by itself. From cut-off nothing moves any more; the paying bank pays ranges or the whole package, always
to the payees of record. An issuer with anything overdue issues no more until it has paid.

| module | what it holds |
|---|---|
| records, rules, rejections, questions | as in every domain |
| days, discount, payments, totals | arithmetic: civil days, interest, shares and payees of record, sums by day |
| checks | what several commands refuse alike |
| transitions, financing, settlement | the commands in lifecycle order; `transitions.COMMANDS` holds them all |
| genesis | the rulebook that a network begins with |

Deliberately not here, since it comes later: credit lines, sealed quotes, conditional transfer, baskets, repurchase,
cancellation, merger 混同 (so a voucher cannot be handed to its own issuer), disputes, freezes, mandates. Money never
moves here: a payment is what the paying bank says that it paid, to whom, and for which range.
"""
