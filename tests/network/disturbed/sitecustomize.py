"""Python imports this as it starts, where this folder is on PYTHONPATH: in every process of a unit under test."""

import os

if os.environ.get("HEFU_DISTURBANCE"):
    from tests.network.disturbed.disturbances import disturb

    disturb(os.environ["HEFU_DISTURBANCE"])
