"""The command line: one file per command, and the file name is the command. Nothing heavy is imported to show help."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

COMMANDS = {path.stem: path for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))}
ORDER = (
    "run",
    "curate",
    "data",
    "train",
    "evaluate",
    "interpret",
    "report",
    "predict",
    "leakage",
    "simulate",
    "convert",
    "zoo",
)


class _Commands(click.Group):
    """Commands that are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*ORDER, *(name for name in COMMANDS if name not in ORDER)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"primase.cli.{cmd_name}").command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="primase")
def cli() -> None:
    """From genomic files to a deep-learning model that is trained, evaluated and explained.

    Begin with `primase run sequences.csv`, or with `primase simulate motif` for data to try it on.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 2 bad input or usage, 130 interrupted, 1 a fault of primase."""
    # threads that wait for one another sleep: where another job has a core, those that spin slow both down manyfold
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    sys.exit(_call(arguments, debug))


def _call(arguments: Sequence[str], debug: bool) -> int:
    from primase.core.errors import PrimaseError

    try:
        result = cli.main(list(arguments), prog_name="primase", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except PrimaseError as error:
        if debug:
            raise
        _complain(error.what, error.fix)
        return 2
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        _complain(error.format_message().rstrip("."), f"see `{context.command_path if context else 'primase'} --help`")
        return 2
    except (KeyboardInterrupt, click.Abort):
        folder = os.environ.get("PRIMASE_RUN_FOLDER")
        _complain("interrupted", f"continue with `primase run --resume {folder}`" if folder else "call it again")
        return 130
    except BrokenPipeError:
        # the reader of our output has gone (as `head` does): no fault, and nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _complain(f"{place}{error.strerror or error}", "check the path, the permissions and the free space")
        return 2
    except Exception as error:
        if debug:
            raise
        _complain(
            f"primase failed on this ({type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''})",
            "call it again with --debug and report the traceback; this is a fault of primase",
        )
        return 1


def _complain(what: str, fix: str) -> None:
    what, fix = (" ".join(sentence.split()) for sentence in (what, fix))  # always two lines
    click.echo(f"{what}\n  fix: {fix}", err=True)
