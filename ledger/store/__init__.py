"""The database under the kernel: every block is written in one transaction, and reads see whole blocks only."""
