"""Each fraud that receivables must withstand has a story that names it by its number."""

import ast
import re
from pathlib import Path

FRAUDS = {
    4: "one invoice under two vouchers, or used beyond its amount",
    5: "one range financed twice, or financed and transferred at the same moment",
    6: "one invoice financed by two banks under two applicants",
    9: "trade in a circle, or between related parties",
    10: "a red-lettered invoice",
    11: "splitting to hide exposure",
    12: "a forged or replayed instruction",
    14: "a forged core enterprise, or a forged confirmation",
    15: "the payee's account swapped",
    16: "maker and checker are one person",
    17: "a receivable under a blanket registration",
    18: "the same invoice in another spelling",
    20: "a payment reported that was never received",
    21: "a transfer without trade",
}


def list_told() -> set[int]:
    """The numbers of frauds in the docstrings, or the names, of stories."""
    told: set[int] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_"):
                text = f"{node.name} {ast.get_docstring(node) or ''}"
                told.update(map(int, re.findall(r"[Ff]raud[ _](\d+)", text)))
    return told


def test_each_fraud_has_a_story():
    assert {fraud: text for fraud, text in FRAUDS.items() if fraud not in list_told()} == {}
