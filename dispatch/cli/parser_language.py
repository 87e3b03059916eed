"""The parser's own words in the terminal's language: usage, headings, and what it refuses."""

from typing import Any

import typer
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup, TyperOption

from dispatch.cli.texts import Texts
from dispatch.core import Catalogue

WRONG: Any = typer.BadParameter.__mro__[1]  # every misuse that the parser finds; it has no public name

NORWEGIAN = Catalogue(
    {
        "Missing argument '{}'.": "«{}» mangler.",
        "Missing option '{}'.": "«{}» mangler.",
        "Missing command.": "Kommandoen mangler.",
        "No such command '{}'.": "Det finnes ingen kommando «{}».",
        "No such option: {}": "Det finnes ikke noe valg «{}».",
        "No such option: {} Did you mean {}?": "Det finnes ikke noe valg «{}». Mente du {}?",
        "No such option: {} (Possible options: {})": "Det finnes ikke noe valg «{}». Mente du {}?",
        "Got unexpected extra argument(s) ({})": "«{}» er for mye.",
        "Option '{}' requires an argument.": "«{}» må ha en verdi.",
        "Option '{}' does not take a value.": "«{}» tar ingen verdi.",
        "Invalid value for '{}': Input should be a valid integer, unable to parse string as an integer": (
            "«{}» må være et helt tall."
        ),
        "Invalid value for '{}': Input should be greater than or equal to {}": "«{}» må være minst {}.",
        "Invalid value for '{}': Input should be less than or equal to {}": "«{}» kan være høyst {}.",
        "Invalid value for '{}': {}": "«{}» har en verdi som ikke kan brukes.",
    }
)


# What stands for a value in the help.
STANDS_FOR = {
    "KEY": "UTSENDELSE",
    "TICKET": "SAK",
    "FILE": "FIL",
    "ADDRESS": "ADRESSE",
    "ZONE": "SONE",
    "DAYS": "DAGER",
    "COMMAND [ARGS]...": "KOMMANDO ...",
}


def command_of(texts: Texts) -> type[TyperCommand]:
    """The class of the commands."""

    class Command(TyperCommand):
        def get_params(self, ctx: Any) -> list[Any]:
            return [_spoken(parameter, texts) for parameter in super().get_params(ctx)]

        def get_usage(self, ctx: Any) -> str:
            return _usage(super().get_usage(ctx), texts)

        def get_help_option(self, ctx: Any) -> Any:
            return _help(super().get_help_option(ctx), texts)

    return Command


def group_of(texts: Texts) -> type[TyperGroup]:
    """The class of all commands together."""

    class Group(TyperGroup):
        def get_params(self, ctx: Any) -> list[Any]:
            return [_spoken(parameter, texts) for parameter in super().get_params(ctx)]

        def collect_usage_pieces(self, ctx: Any) -> list[str]:
            return [_stands_for(piece, texts) for piece in super().collect_usage_pieces(ctx)]

        def get_usage(self, ctx: Any) -> str:
            return _usage(super().get_usage(ctx), texts)

        def get_help_option(self, ctx: Any) -> Any:
            return _help(super().get_help_option(ctx), texts)

    return Group


def name_headings(texts: Texts) -> None:
    """The headings of the help; the library has them as constants, and a process speaks one language."""
    rich_utils.ARGUMENTS_PANEL_TITLE = texts("panel_arguments")
    rich_utils.OPTIONS_PANEL_TITLE = texts("panel_options")
    rich_utils.COMMANDS_PANEL_TITLE = texts("panel_commands")
    rich_utils.REQUIRED_LONG_STRING = texts("required")
    rich_utils.DEFAULT_STRING = texts("default")


def refusal(error: Any, texts: Texts) -> str:
    """What the parser refuses, and where the help is."""
    said = str(error.format_message())
    told = NORWEGIAN.translated(said) if texts.language == "nb" else said
    path = error.ctx.command_path if error.ctx else "python -m dispatch"
    return f"{told}\n{texts('parser_help', command=path)}\n"


def _usage(usage: str, texts: Texts) -> str:
    return usage.replace("Usage:", texts("usage"), 1).replace("[OPTIONS]", texts("usage_options"))


def _help(option: Any, texts: Texts) -> Any:
    if option is not None:
        option.help = texts("option_help")
    return option


def _spoken(parameter: Any, texts: Texts) -> Any:
    """The parameter with its own name for a value; the library would add its name of the type, which is English."""
    if parameter.metavar:
        parameter.metavar = _stands_for(parameter.metavar, texts)
    told = parameter.metavar if isinstance(parameter, TyperOption) else None
    parameter.display_type_rich = lambda ctx: told  # noqa: ARG005 - the library's signature
    return parameter


def _stands_for(name: str, texts: Texts) -> str:
    return STANDS_FOR.get(name, name) if texts.language == "nb" else name
