"""The keys of state that the kernel itself reads."""

CLOCK_KEY = "clock"
LIMITS_KEY = "limits"
SOFTWARE_KEY = "software"
VALIDATORS_KEY = "governance/validators"
"""What its body means a domain says: `Rules.read_validators`."""
