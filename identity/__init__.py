"""Who acts: organisations, keys, roles and approval policies."""
