"""What goes wrong in a command, as one sentence on stderr and an exit code; never a traceback unless asked for."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from ftsdk.errors import FtsdkError, SpecError

EXIT_INTERRUPTED = 130


def guarded(command: Callable[[], int]) -> int:
    """Run a command; FTSDK_DEBUG=1 adds the traceback to what is said."""
    try:
        code = command()
        if sys.stdout is not None:
            sys.stdout.flush()  # a reader that left, or a full disk, is told here and not when Python ends
        return code
    except SpecError as error:
        return _say(f"error: {_with_lines(error)}", error.exit_code)
    except FtsdkError as error:
        return _say(f"error: {error}", error.exit_code)
    except KeyboardInterrupt:
        return _say("interrupted", EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; say no more to it
        return 0
    except MemoryError:
        return _say("error: this machine ran out of memory\n  next: close something and give the command again", 1)
    except OSError as error:
        return _say(f"error: {error.strerror or error}: {error.filename or ''}\n  next: mend that and try again", 1)
    except Exception as error:  # noqa: BLE001  the last resort: a sentence, and the trace when asked for
        return _say(
            f"error: something nobody foresaw: {type(error).__name__}: {error}\n"
            "  next: give the command again with FTSDK_DEBUG=1 and report what it prints",
            1,
        )


def _with_lines(error: SpecError) -> str:
    """The error with each finding as `ft validate` shows it."""
    from ftsdk.cli.findings import lines_of_findings

    head = error.message if error.help is None else f"{error.message}\n  next: {error.help}"
    return "\n".join([head, *lines_of_findings(error.findings)])


def _say(text: str, code: int) -> int:
    print(text, file=sys.stderr)  # noqa: T201
    if os.environ.get("FTSDK_DEBUG"):
        traceback.print_exc()
    return code
