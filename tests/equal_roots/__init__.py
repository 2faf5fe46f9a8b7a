"""Random operations on several databases, or on several Pythons, one block after another: the roots must be equal."""
