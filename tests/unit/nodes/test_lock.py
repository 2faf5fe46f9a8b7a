import threading

import pytest

from ledger.errors import MalformedInput
from nodes.lock import LOCK_FILE, hold_lock


def test_one_at_a_time_and_the_file_is_its_owners(tmp_path):
    with hold_lock(tmp_path, 0):
        assert (tmp_path / LOCK_FILE).stat().st_mode & 0o777 == 0o600
        with pytest.raises(MalformedInput, match="another process"), hold_lock(tmp_path, 0.1):
            pass
    with hold_lock(tmp_path, 0):
        assert (tmp_path / LOCK_FILE).exists()


def test_who_comes_waits_for_who_is_about_to_end(tmp_path):
    held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with hold_lock(tmp_path, 0):
            held.set()
            may_end.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.1, may_end.set).start()
    with hold_lock(tmp_path, 10):
        assert may_end.is_set()
    holder.join()


def test_a_directory_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MalformedInput, match="none/lock: cannot be locked"), hold_lock(tmp_path / "none", 0):
        pass
