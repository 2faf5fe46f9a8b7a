"""Paths of tiles: the examples of the specification, one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.public.paths import MAX_INDEX, TilePath, parse_path, render_index


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (0, "000"), (7, "007"), (273, "273"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067"),
        (999_999, "x999/999"), (1_000_000, "x001/x000/000"), (MAX_INDEX - 1, "x036/x028/x797/x018/x963/967"),
    ],
)  # fmt: skip
def test_an_index_is_written_in_groups(index, text):
    assert render_index(index) == text
    assert parse_path(f"tile/0/{text}") == TilePath(0, index)


@given(
    st.one_of(st.none(), st.integers(0, 63)),
    st.one_of(st.integers(0, 5000), st.integers(0, MAX_INDEX - 1)),
    st.integers(1, 256),
)
def test_what_is_rendered_is_read_back(level, index, width):
    path = TilePath(level, index, width)
    assert parse_path(path.render()) == path


@given(st.text(alphabet="tile/nrs0123456789x.pW", max_size=40))
def test_whatever_is_read_has_one_spelling(text):
    for path in (text, f"tile/{text}", f"tile/entries/{text}", f"tile/0/{text}"):
        found = parse_path(path)
        assert found is None or found.render() == path


@pytest.mark.parametrize(
    "path",
    [
        "", "tile", "tile/0", "tile/0/", "tile/0/1", "tile/0/01", "tile/0/0000", "tile/00/000", "tile/64/000",
        "tile/-1/000", "tile/0/x000/001", "tile/0/001/002", "tile/0/x001/x002", "tile/0/x001", "tile/0/000.p/0",
        "tile/0/000.p/01", "tile/0/000.p/256", "tile/0/000.p/", "tile/0/000.p", "tile/0/000/", "/tile/0/000",
        "tile/entries/000/", "tile/Entries/000", "tile/0/٣٣٣", "tile/0/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x001/x001/x001/x001/x001/001", "tile/0/000\n", "tile/data/000",
    ],
)  # fmt: skip
def test_another_path_names_nothing(path):
    assert parse_path(path) is None
