"""`footnote`: run one command line. What goes wrong becomes one line on stderr and an exit code, here and nowhere else.

Exit codes: 0 done, 3 the archive does not answer, 2 bad usage, 1 anything else, 130 interrupted. The commands are in
`ui/commands.py`.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import entry_points
from io import TextIOWrapper
from typing import Any

import typer

from index.errors import FootnoteError, UsageError
from ui import serving_commands  # noqa: F401  # adds its commands
from ui.commands import ANSWERED, FAILED, app
from ui.words import line

BAD_USAGE, INTERRUPTED = 2, 130

# Read by libraries while they are imported: no telemetry, no look-ups for newer versions, no warnings about threads.
QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code; an error is one line on stderr."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    _write_anything()
    debug, args = _take_debug(list(sys.argv[1:] if argv is None else argv))
    try:
        _add_commands()
        code = typer.main.get_command(app).main(args=args, prog_name="footnote", standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has gone away can still be dealt with
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains while it ends
        return FAILED
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else FAILED
    except Exception as error:
        if debug:
            traceback.print_exc()
        code, message = _told(error, args)
        if message:
            print(f"footnote: {line(message)}", file=sys.stderr)
    return code if isinstance(code, int) else ANSWERED


def _add_commands() -> None:
    """Add the commands that other packages bring by the entry point "footnote.commands"."""
    known = {group.name for group in app.registered_groups}
    for found in entry_points(group="footnote.commands"):
        if found.name not in known:
            app.add_typer(found.load(), name=found.name)


def _is_command(words: Sequence[str]) -> bool:
    found: Any = typer.main.get_command(app)
    for word in words:
        found = getattr(found, "commands", {}).get(word)
    return found is not None


def _write_anything() -> None:
    """Let what an output's encoding lacks come out as "?": a curly quote must not end an answer half-way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a program that calls `main` may have put something simpler there
            stream.reconfigure(errors="replace")


def _take_debug(args: list[str]) -> tuple[bool, list[str]]:
    """Take `--debug` out from anywhere before `--`: a command that failed is typed again with it at the end."""
    end = args.index("--") if "--" in args else len(args)
    return "--debug" in args[:end], [arg for arg in args[:end] if arg != "--debug"] + args[end:]


def _told(error: Exception, args: Sequence[str]) -> tuple[int, str]:
    """Give the exit code and the one line that an error deserves."""
    words = [arg for arg in args[:2] if not arg.startswith("-")]
    while words and not _is_command(words):
        words.pop()
    help_command = " ".join(["footnote", *words, "--help"])
    if isinstance(error, FootnoteError):
        code = BAD_USAGE if isinstance(error, UsageError) else FAILED
        return code, str(error) if error.next_step else f"{error.message} Try: {help_command}"
    if isinstance(error, typer.TyperException):
        message = error.format_message()  # empty when the help was shown instead
        stop = "" if message.endswith((".", "?", "!")) else "."
        return error.exit_code, f"{message}{stop} Try: {help_command}" if message else ""
    return FAILED, f"unexpected error: {type(error).__name__}: {error}; run again with --debug"
