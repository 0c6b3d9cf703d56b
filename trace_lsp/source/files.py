"""Python files as text, in the encoding that they declare, with their own line ends."""

from __future__ import annotations

import os
import tempfile
import tokenize
from pathlib import Path

from trace_lsp.errors import NotParsable, SourceError


def read_source(file: str) -> str:
    """The file's text; raises NotParsable if its encoding is not what it says it is, SourceError
    if it cannot be read."""
    try:
        return Path(file).read_bytes().decode(_encoding(file))
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise NotParsable(f"{file} is not text in the encoding it declares: {error}.") from error


def _encoding(file: str) -> str:
    with open(file, "rb") as opened:
        return tokenize.detect_encoding(opened.readline)[0]


def write_source(file: str, text: str) -> None:
    """Puts the text in the file's place at once, in the same encoding; raises SourceError.

    A link stays a link: what it points to is replaced. The file's mode is kept.
    """
    target = os.path.realpath(file)
    try:
        data = text.encode(_encoding(target))
        mode = os.stat(target).st_mode
        with tempfile.NamedTemporaryFile(dir=os.path.dirname(target), delete=False) as new:
            new.write(data)
        os.chmod(new.name, mode)
        os.replace(new.name, target)
    except (OSError, UnicodeEncodeError) as error:
        raise SourceError(f"{file} cannot be written: {error}.") from error
