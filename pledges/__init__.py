"""What is encumbered: claims on asset keys, the occupation of invoices, the registration numbers behind them.

The story: whoever lends against a thing puts a claim under its asset key, one live claim at most; whoever issues a
voucher occupies its invoices, never beyond their amount; a number of the registration system serves one secured party
and one asset. All of it is provable, and so is its absence. The domains above it claim, occupy and register through its
transitions; its own commands enter and end blanket registrations 概括登记 over all receivables of an organisation.

Deliberately not here: what an asset is and whether it lives (receivables, later warehouse receipts), who may act
(identity), freezes and disputes (receivables). An issuer and a payee who collude on two different invoices for one
delivery are out of its reach.
"""
