"""The symbolic pickle machine: reads opcodes, and makes inert values where a pickle would make objects.

It knows nothing of classes and functions but their names, so it can do nothing with them. Arrays that joblib puts
between the opcodes are read by the caller's `readers`, which get the machine to read from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import FormatError, LimitError
from ...graph.limits import Limits
from .values import Call, Name, Pairs, Text2

__all__ = ["Machine", "Reader", "damaged"]

Reader = Callable[["Machine", Call], Any]

# Opcodes beyond those that the bytes of the stored file pay for: what expands so much is no model.
_OPCODES, _OPCODES_PER_BYTE = 5_000_000, 16
_SHOWN = 40


def damaged(at: int, why: str) -> FormatError:
    """Return the error for a byte at which a pickle is wrong."""
    return FormatError(
        f"the pickle is damaged at byte {at:,}: {why}",
        fix="get the file again from its origin; if it is whole there, save the model again",
    )


class Machine:
    """Reads one pickle.

    Parameters
    ----------
    data : bytes or memoryview
        All bytes, decompressed.
    limits : Limits
    at : int, default=0
        Where it begins.
    readers : mapping of str to Reader, optional
        For instances of these classes, what takes their place when they got their state.
    stored : int, optional
        The size of the file, where it was compressed.
    outer : Machine, optional
        The one that reads the pickle in which this one lies.

    Attributes
    ----------
    names : list of Name
        All that the file names, in order.
    calls : list of Call
        All that it wants called or made, in order.
    protocol : int
    python2 : bool
        Whether it has a ``str`` of Python 2.
    not_ascii : int or None
        The byte of the first of them that is no ASCII.
    """

    def __init__(
        self,
        data: Any,
        limits: Limits,
        *,
        at: int = 0,
        readers: Mapping[str, Reader] | None = None,
        stored: int | None = None,
        outer: Machine | None = None,
    ) -> None:
        self.data = data
        self.end = len(data)
        self.at = at
        self.limits = limits
        self.readers = readers or {}
        self.protocol = 0
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.outer = outer
        self.count = 0
        self.made = 0
        self.names: list[Name] = []
        self.calls: list[Call] = []
        self.python2 = False
        self.not_ascii: int | None = None
        if outer is None:
            size = self.end if stored is None else stored
            self.allowed = min(limits.opcodes, _OPCODES + _OPCODES_PER_BYTE * size)
            self.memo_allowed = limits.memo
        else:
            # A pickle within a pickle counts with it.
            self.allowed = outer.allowed - outer.count
            self.memo_allowed = outer.memo_allowed - len(outer.memo)
            self.names, self.calls = outer.names, outer.calls
            self.made = outer.made
            self.python2 = outer.python2

    # --- bytes ---

    def take(self, count: int) -> Any:
        """Return the next bytes; FormatError when there are not so many."""
        start = self.at
        stop = start + count
        if count < 0 or stop > self.end:
            raise damaged(start, f"{count:,} bytes are to follow, {self.end - start:,} do")
        self.at = stop
        return self.data[start:stop]

    def line(self) -> bytes:
        """Return the bytes up to the end of the line, which is passed over."""
        start = self.at
        stop = start
        # Lines of numbers and names are short; what is longer is looked for in pieces.
        while True:
            piece = bytes(self.data[stop : min(stop + 256, self.end)])
            found = piece.find(b"\n")
            if found >= 0:
                break
            stop += len(piece)
            if not piece:
                raise damaged(start, "a line does not end")
            self.limits.check("string_bytes", stop - start, "bytes of one string")
        self.at = stop + found + 1
        return bytes(self.data[start : stop + found])

    # --- the loop ---

    def run(self) -> Any:
        """Return what the pickle stands for.

        Raises
        ------
        FormatError
            When it is damaged, with the byte.
        LimitError
            When it asks for more than the limits.
        """
        # Imported here, for the table needs the class.
        from .opcodes import OPCODES, STOP

        data, end, table, memo = self.data, self.end, OPCODES, self.memo
        allowed, count, from_bytes = self.allowed, 0, int.from_bytes
        at = self.at
        try:
            while True:
                at = self.at
                if at >= end:
                    raise damaged(at, "it ends before its STOP")
                code = data[at]
                self.at = at + 1
                count += 1
                if count > allowed:
                    raise self.too_many(count)
                if code == 0x94:  # MEMOIZE, every second opcode of newer pickles
                    memo[len(memo)] = self.stack[-1]
                elif code == 0x8C:  # SHORT_BINUNICODE
                    start = at + 2
                    stop = start + data[at + 1]
                    if stop > end:
                        raise damaged(at, "a string ends after the file")
                    self.stack.append(str(data[start:stop], "utf-8", "surrogatepass"))
                    self.at = stop
                elif code == 0x4B:  # BININT1
                    self.stack.append(data[at + 1])
                    self.at = at + 2
                elif code == 0x4D:  # BININT2
                    self.stack.append(data[at + 1] | data[at + 2] << 8)
                    self.at = at + 3
                elif code == 0x4A and at + 5 <= end:  # BININT
                    self.stack.append(from_bytes(data[at + 1 : at + 5], "little", signed=True))
                    self.at = at + 5
                elif code == 0x68:  # BINGET
                    self.stack.append(memo[data[at + 1]])
                    self.at = at + 2
                elif code == STOP:
                    break
                elif code == 0x62:  # BUILD, where another pickle may begin
                    self.count = count
                    self.build(self.stack.pop(), at)
                    count = self.count
                else:
                    table[code](self)
        except IndexError:
            raise damaged(at, "it takes more from the stack than there is, or ends within an opcode") from None
        except KeyError:
            raise damaged(at, "it refers to a value that it has not remembered") from None
        except UnicodeDecodeError:
            raise damaged(at, "a string is not UTF-8") from None
        except RecursionError:
            raise LimitError("the pickle nests deeper than this interpreter can follow") from None
        finally:
            self.count = count
            if self.outer is not None:
                self.outer.count += count
                self.outer.made = self.made
                self.outer.memo_allowed -= len(memo)
        if len(memo) > self.memo_allowed:
            self.limits.check("memo", len(memo), "remembered values")
        if self.marks or len(self.stack) != 1:
            raise damaged(at, f"it stops with {len(self.stack)} values where one belongs")
        return self.stack.pop()

    def too_many(self, count: int) -> LimitError:
        self.limits.check("opcodes", count, "opcodes of a pickle")
        return LimitError(
            f"the pickle has more than {self.allowed:,} opcodes: a file of its size does not need so many"
        )

    # --- the stack ---

    def pop_mark(self) -> list[Any]:
        """Return what stands above the last mark, and take both away."""
        if not self.marks:
            raise IndexError
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def remember(self, key: int) -> None:
        """Put what is on top into the memo."""
        if key < 0:
            raise damaged(self.at, f"there is no place {key} to remember")
        self.memo[key] = self.stack[-1]
        if len(self.memo) > self.memo_allowed:
            self.limits.check("memo", len(self.memo), "remembered values")
            raise LimitError("the pickles of the file remember more values than the limit memo allows")

    def text2(self, value: Any) -> None:
        """Put a ``str`` of Python 2 onto the stack."""
        made = Text2(value)
        self.python2 = True
        if self.not_ascii is None and not made.isascii():
            self.not_ascii = self.at - len(made)
        self.stack.append(made)

    def make(self, container: Any) -> None:
        """Put a new container onto the stack; LimitError where there are too many."""
        self.made += 1
        if self.made > self.limits.nodes:
            self.limits.check("nodes", self.made, "lists, dicts and sets")
        self.stack.append(container)

    def name(self, module: Any, name: Any, at: int) -> Name:
        """Return a name, as Python 3 spells it."""
        if type(module) is not str or type(name) is not str:
            raise damaged(at, "the name of a class or function is no text")
        if self.protocol < 3:
            from .python2 import modern

            module, name = modern(module, name)
        made = Name(module, name, at)
        self.names.append(made)
        return made

    def call(self, func: Any, args: Any, at: int, *, new: bool = False, keywords: Any = None) -> None:
        """Put onto the stack what a call would make."""
        if type(args) is not tuple:
            raise damaged(at, "the arguments of a call are no tuple")
        if type(func) is Name and func.module == "copyreg":
            func, args, new, keywords = _instance(func, args, new, keywords)
        made = Call(func, args, at, new=new, keywords=keywords)
        self.calls.append(made)
        self.stack.append(made)

    def build(self, state: Any, at: int) -> None:
        """Give what is on top its state."""
        made = self.stack[-1]
        if type(made) is not Call:
            raise damaged(at, "a state is given to what takes none")
        made.states.append(state)
        if self.readers and type(made.func) is Name:
            reader = self.readers.get(str(made.func))
            if reader is not None:
                self.stack[-1] = reader(self, made)


def _instance(func: Name, args: Any, new: bool, keywords: Any) -> tuple[Any, Any, bool, Any]:
    """Return class and arguments where copyreg is asked for an instance, as protocols 0 and 1 do."""
    if func.name == "_reconstructor" and len(args) == 3 and type(args[0]) is Name and type(args[1]) is Name:
        return args[0], () if str(args[1]) == "builtins:object" else (args[2],), True, None
    if func.name == "__newobj__" and args and type(args[0]) is Name:
        return args[0], args[1:], True, None
    if func.name == "__newobj_ex__" and len(args) == 3 and type(args[1]) is tuple and type(args[2]) is Pairs:
        return args[0], args[1], True, args[2]
    return func, args, new, keywords
