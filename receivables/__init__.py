"""Electronic vouchers of receivables 应收账款电子凭证: a package of 分, numbered 1…face, of which a voucher is a
range.

The story: a core enterprise issues a package against invoices; its payee accepts, refuses or lets it lapse. From then
on ranges live. A holder cuts its range, hands it or a part of it to another, or asks one bank for money: the range
locks, the bank takes, registers and pays out, by sale or against a pledge, each step before its deadline, else what
was returns by itself. From cut-off nothing moves any more; the paying bank pays ranges or the whole package, always
to the payees of record. An issuer with anything overdue issues no more until it has paid.

| module | what it holds |
|---|---|
| records, side_records, rules, rejections, questions | as in every domain; side_records: lines, quotes, accounts |
| days, discount, payments, totals | arithmetic: civil days, interest, shares and payees of record, sums by day |
| checks | what several commands refuse alike |
| line_use | what issuing, financing and payment do to lines |
| transitions, baskets, trades | from issue to transfer; `transitions.COMMANDS` holds the commands of all modules |
| quotes, financing, aftercare | quotes, money against a voucher, repurchase, reassignment, enforcement |
| settlement, clearing, endings | payment, what is said of payments, cancellation and merger 混同 |
| lines, disputes, orders, confirmation, parties | lines, marks, what a court orders, 到货确权, accounts |
| genesis | the rulebook that a network begins with |

Deliberately not here: mandates (identity), blanket registrations (pledges), judging a dispute or an objection, moving
money: a payment is what the paying bank says that it paid, to whom, and for which range.
"""
