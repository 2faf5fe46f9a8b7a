"""Exhaustive exploration of small universes: every command, in every order, to a fixed point (`make explore`).

| module | what it holds |
|---|---|
| space | states as tuples of numbers of records, which are kept once |
| projection | what is left out of a record because no rule asks for it: histories, and times that are past |
| memo | what an attempt does, by the records that it read: the transitions are pure |
| attempts_… | the commands that are tried, each by those who may say it and by one who may not |
| invariants | what must hold in every state, and of every change |
| search | breadth-first, then backwards from the ends |
| universes | the worlds that are explored |
"""
