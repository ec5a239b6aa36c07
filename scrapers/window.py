"""The part of a stream that is looked at: what was cut is let go, and it grows only while a record is not whole."""

import io
import zlib

GREATEST_ORIGINAL = 16 * 1024 * 1024  # of what is too large to load, quarantine keeps so much
BYTES_PER_READ = 256 * 1024


class Window:
    """`text` is what is held of a stream; a stream that breaks off ends there, and `finish` says so."""

    def __init__(self, stream: io.BufferedIOBase):
        self.stream, self.text, self.problem, self.is_at_end = stream, b"", None, False

    def more(self, begin: int) -> bool:
        """Let go of what stands before `begin` and read on, as much again as is held; say whether anything came.

        So a long record is looked through a few times, not once for each piece of it.
        """
        held = self.text[begin:]
        pieces, wanted = [held], max(BYTES_PER_READ, len(held))
        while wanted > 0 and not self.is_at_end:
            try:
                # One read at a time: what was read before a file turns out to be cut off is not lost.
                piece = self.stream.read1(wanted)
            except (EOFError, OSError, zlib.error) as error:
                piece, self.problem = b"", error
            self.is_at_end = not piece
            wanted -= len(piece)
            pieces.append(piece)
        self.text = b"".join(pieces)
        return len(self.text) > len(held)

    def begin(self) -> bytes:
        """Pass over the blanks where the window stands, a byte order mark too; return the first byte behind them."""
        while True:
            self.text = self.text.removeprefix(b"\xef\xbb\xbf").lstrip()
            if self.text or not self.more(0):
                return self.text[:1]

    def rest(self) -> bytes:
        """Return what is left without the blanks around it; of what is too long the beginning, the rest is let go."""
        while len(self.text) <= GREATEST_ORIGINAL and self.more(0):
            pass
        rest = self.text[:GREATEST_ORIGINAL].strip()
        while self.more(len(self.text)):
            pass
        return rest

    def finish(self) -> None:
        """Raise what ended the stream before its end, if anything did."""
        if self.problem:
            raise self.problem
