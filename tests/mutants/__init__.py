"""Whether the tests notice when a rule is changed: small changes (mutants) of the rules, each run against its tests.

1. The rules are `rules.py`, `transitions.py` and `ledger/execution.py`, and whatever these grew into: each module of a
   domain's core that is not excepted by name (`modules`).
2. `changes` lists all mutants of a module in a fixed order. A seed gives each its place; a sample is the first of them.
3. `reach` runs the tests once without a mutant, and notes which lines each unit test reaches. A test that fails then
   says nothing about mutants, and is left out.
4. `trial` runs a mutant against the tests that reach it, the nearest first, in a process of its own. The first that
   fails kills it, if it fails alone too and passes alone without the mutant; so does a test that does not end.
5. `kept` remembers what is known, so that a run goes on where the last one stopped.
6. A survivor needs a reason in `equivalent.toml`, why nobody could ever see the difference. A reason is no excuse for a
   test that is missing.
7. `result-1.json` says which test killed each mutant of seed 1: that test is tried first, and `test_mutants` demands
   that the result still speaks of today's rules.

Not here: tests that start nodes or a PostgreSQL server, which would make a mutant cost minutes.
"""
