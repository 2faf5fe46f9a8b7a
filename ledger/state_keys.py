"""The keys of state that the kernel itself reads."""

CLOCK_KEY = "clock"
LIMITS_KEY = "limits"
