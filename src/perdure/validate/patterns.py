"""Regular expressions of a file: which of them may take longer than anybody waits."""

from __future__ import annotations

__all__ = ["doubt"]

_LENGTH = 200
# So many open repeats in one pattern, and a long word is tried in too many ways.
_REPEATS = 4
_COUNT = 1000


def doubt(pattern: str) -> str | None:
    r"""Return why a regular expression may never end, or None for one that ends.

    Python tries a pattern in all ways before it gives up. A repeat inside a repeat doubles them with
    every letter. What this small reader does not understand is doubted as well.

    Examples
    --------
    >>> from perdure.validate.patterns import doubt
    >>> doubt(r"(?u)\b\w\w+\b") is None
    True
    >>> doubt(r"(?:[a-z]+)+\d")
    'a repeat inside a repeat'
    """
    if len(pattern) > _LENGTH:
        return f"longer than {_LENGTH} characters"
    return _Reader(pattern).read()


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.open_repeats = 0

    def read(self) -> str | None:
        # For each group that is open: whether something in it can match in more than one way.
        varied = [False]
        item = False
        while self.at < len(self.pattern):
            sign = self.pattern[self.at]
            self.at += 1
            if sign == "\\":
                if self.pattern[self.at : self.at + 1].isdigit():
                    return "it refers back to a group"
                self.at += 1
                item = False
            elif sign == "[":
                if not self.set_():
                    return "it cannot be read"
                item = False
            elif sign == "(":
                if not self.group():
                    return "it uses a construct that is not known here"
                varied.append(False)
                continue
            elif sign == ")":
                if len(varied) == 1:
                    return "it cannot be read"
                item = varied.pop()
                varied[-1] |= item
            elif sign == "|":
                varied[-1] = True
                item = False
                continue
            else:
                item = False
            found = self.repeat()
            if found is None:
                continue
            low, high = found
            if low > _COUNT or (high is not None and high > _COUNT):
                return f"a repeat of more than {_COUNT} times"
            many = high is None or high > 1
            if item and many:
                return "a repeat inside a repeat"
            self.open_repeats += many and low != high
            if self.open_repeats > _REPEATS:
                return f"more than {_REPEATS} repeats"
            varied[-1] |= low != high
        return None if len(varied) == 1 else "it cannot be read"

    def set_(self) -> bool:
        """Go past a set of characters."""
        first = True
        if self.pattern.startswith("^", self.at):
            self.at += 1
        while self.at < len(self.pattern):
            sign = self.pattern[self.at]
            self.at += 2 if sign == "\\" else 1
            if sign == "]" and not first:
                return True
            first = False
        return False

    def group(self) -> bool:
        """Go past what opens a group."""
        rest = self.pattern[self.at :]
        if not rest.startswith("?"):
            return True
        for opening in ("?:", "?=", "?!", "?<=", "?<!"):
            if rest.startswith(opening):
                self.at += len(opening)
                return True
        if rest.startswith("?P<") and ">" in rest:
            self.at += rest.index(">") + 1
            return True
        end = rest.find(")")
        # Flags alone; with x, blanks and comments would have to be read in another way.
        if end > 0 and set(rest[1:end]) <= set("aiLmsu"):
            self.at += end
            return True
        return False

    def repeat(self) -> tuple[int, int | None] | None:
        """Go past a repeat; return how often at least and at most (None: without end), or None where there is none."""
        sign = self.pattern[self.at : self.at + 1]
        found: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(sign)
        if found is not None:
            self.at += 1
        elif sign == "{":
            end = self.pattern.find("}", self.at)
            low, comma, high = self.pattern[self.at + 1 : end].partition(",")
            if (
                end < 0
                or not all(part.isascii() and (part.isdigit() or not part) for part in (low, high))
                or not low + high
            ):
                return None
            found = (int(low or 0), (int(high) if high else None) if comma else int(low))
            self.at = end + 1
        if found is not None and self.pattern[self.at : self.at + 1] in ("?", "+"):
            self.at += 1
        return found
