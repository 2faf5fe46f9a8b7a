"""Long text on a narrow screen: commands and sentences over several lines."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells

WIDTH = 100


def fold_command(words: Sequence[str], width: int = WIDTH) -> Iterator[str]:
    """A command over several lines: an option stays with its value, a line ends where the next would not fit."""
    line = ""
    for word in _pair_options(words):
        if line and cell_len(line) + cell_len(word) + 3 > width - 4:
            yield line + " \\"
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line


def _pair_options(words: Sequence[str]) -> Iterator[str]:
    option = ""
    for word in words:
        quoted = f'"{word}"' if " " in word else word
        if word.startswith("--"):
            option = word
        else:
            yield f"{option} {quoted}" if option else quoted
            option = ""


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most `width` columns, broken at spaces where there are any."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines.extend(chop_cells(word, width))
    return [line for line in lines if line] or [""]
