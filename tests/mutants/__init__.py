"""Whether the tests notice when a rule is changed: small changes (mutants) of the rules, each run against its tests.

1. The rules are `rules.py`, `transitions.py` and `ledger/execution.py`, and the modules that these grew into: each of a
   domain that defines a function `process_…` or `refuse_…` on a context, and those that count days and money.
2. `changes` lists all mutants of a module in a fixed order. A seed draws the sample from the list of all modules.
3. `reach` runs the tests once without a mutant, and notes which lines each unit test reaches. A test that fails then
   says nothing about mutants: it is named and left out.
4. `trial` runs a mutant against the tests that reach it, the nearest first, in a process of its own. The first test
   that fails kills it; so does a module that cannot be imported, or a test that does not end.
5. A survivor needs a reason in `equivalent.toml`, why nobody could ever see the difference. A reason is no excuse for a
   test that is missing.

Not here: tests that start nodes or a PostgreSQL server, which would make a mutant cost minutes.
"""
