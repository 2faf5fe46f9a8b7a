from pathlib import Path

from identity import rejections
from ledger.errors import Reason

REASONS = [value for value in vars(rejections).values() if isinstance(value, Reason)]


def test_numbers_rise_in_order_of_precedence_within_this_domain():
    codes = [reason.code for reason in REASONS]
    assert codes == sorted(set(codes))
    assert set(codes) <= set(range(100, 200))


def test_names_are_the_constants_and_texts_are_there_in_both_languages():
    for reason in REASONS:
        assert getattr(rejections, reason.name) is reason
        assert reason.english.isascii()
        assert reason.english.endswith(".")
        assert reason.chinese.endswith(("。", "。)", ")。"))


def test_every_reason_has_its_test():
    written = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    missing = [reason.name for reason in REASONS if f"def test_rejects_{reason.name.lower()}(" not in written]
    assert missing == []
