"""What all tests share: hypothesis without wall-clock deadlines, since the machines are noisy."""

from hypothesis import settings

settings.register_profile("hefu", deadline=None, print_blob=True)
settings.load_profile("hefu")
