"""A part of a page that is written by a script, between two marks in it."""


def between_marks(page: str, start: str, end: str, text: str) -> str:
    """`page` with `text` between its two marks. Throws ValueError if they are not there."""
    before, mark, rest = page.partition(start)
    _, last, after = rest.partition(end)
    if not mark or not last:
        raise ValueError(f"it has no '{start}' with '{end}' after it")
    return f"{before}{start}\n{text}\n{end}{after}"
