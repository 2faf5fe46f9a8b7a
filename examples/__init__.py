"""Examples that a newcomer runs and reads."""
