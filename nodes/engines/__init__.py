"""Engines: what puts submissions into an order and drives the state machine block by block."""
