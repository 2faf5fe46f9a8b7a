"""Which modules are the deterministic core: what decides, and reads nothing but what it is given."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAINS = ("identity", "pledges", "receivables")
# The read side, the faces, and what happens at the door before anything is signed.
SHELL_OF_A_DOMAIN = {
    "alerts", "book_queries", "certificates", "clearing_list", "fingerprints", "governance_service", "holds", "queries",
    "register_views", "revocation_lists", "service", "trace", "view_tables", "views", "x509_reading",
}  # fmt: skip
KERNEL_CORE = {
    "context", "errors", "execution", "finality", "light_client", "notes", "rejections", "state_keys", "transaction",
    "trust", "verify", "verify_forms",
    "snapshots",
}  # fmt: skip


def list_core_of_domains() -> list[Path]:
    """Each module of the core above the kernel, sorted."""
    found = [path for domain in DOMAINS for path in (ROOT / domain).rglob("*.py")]
    return sorted(path for path in found if path.stem not in SHELL_OF_A_DOMAIN and "versions" not in path.parts)


def list_core() -> list[Path]:
    """Each module of the core, sorted."""
    kernel = [path for path in (ROOT / "ledger").glob("*.py") if path.stem in KERNEL_CORE]
    return sorted([*kernel, *list_core_of_domains()])
