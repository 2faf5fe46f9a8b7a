"""The contract in Python: generated from proto/, never edited."""
