"""The commands of ``python -m dispatch``: parse, do one thing, end with a code that a pipeline can tell."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from dispatch.cli import (
    commands,
    doctor_view,
    export,
    letter_trial_view,
    outcome,
    parser_language,
    preview_view,
    source,
    status_view,
    trial_view,
    which,
)
from dispatch.cli.outcome import Exit, WrongUse
from dispatch.cli.texts import Texts

YES = frozenset({"j", "ja", "y", "yes"})


def build(texts: Texts) -> typer.Typer:
    """The commands with their help in one language."""
    parser_language.name_headings(texts)
    app = typer.Typer(
        cls=parser_language.group_of(texts),
        name="python -m dispatch",
        help=texts("app"),
        epilog=texts("exit_codes"),
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_source(app, texts)
    _add_doctor(app, texts)
    _add_looking(app, texts)
    _add_trial(app, texts)
    _add_pressing(app, texts)
    _add_keeping(app, texts)
    return app


def _add_source(app: typer.Typer, texts: Texts) -> None:
    @app.callback()
    def _source(
        *,
        settings: Annotated[
            Path | None, typer.Option(source.OPTION, metavar="FILE", help=texts("option_settings"))
        ] = None,
    ) -> None:
        source.choose(settings)


def _key(texts: Texts) -> Any:
    return typer.Argument(metavar="KEY", help=texts("option_key"), show_default=False)


def _json(texts: Texts) -> Any:
    return typer.Option("--json", help=texts("option_json"))


def _end(code: Exit) -> None:
    raise typer.Exit(int(code))


def _add_doctor(app: typer.Typer, texts: Texts) -> None:
    json_option = _json(texts)

    @app.command(name="doctor", help=texts("doctor"), cls=parser_language.command_of(texts))
    def _doctor(
        *,
        trial: Annotated[bool, typer.Option("--try", help=texts("option_try"))] = False,
        zone: Annotated[str, typer.Option(metavar="ZONE", help=texts("option_zone"))] = "",
        yes: Annotated[bool, typer.Option("--yes", help=texts("option_yes"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        def confirm(question: str) -> None:
            _confirm(question, texts, yes=yes, as_json=as_json)

        if trial:
            _end(trial_view.show(texts, zone=zone, confirm=confirm, as_json=as_json))
        else:
            _end(doctor_view.show(texts, as_json=as_json))


def _add_looking(app: typer.Typer, texts: Texts) -> None:
    json_option = _json(texts)

    @app.command(name="preview", help=texts("preview"), cls=parser_language.command_of(texts))
    def _preview(
        ticket: Annotated[int, typer.Argument(metavar="TICKET", min=1, help=texts("option_ticket"))],
        *,
        recipient: Annotated[str, typer.Option(metavar="ADDRESS", help=texts("option_recipient"))] = "",
        html: Annotated[Path | None, typer.Option(metavar="FILE", help=texts("option_html"))] = None,
        own_tickets: Annotated[bool, typer.Option("--own-tickets", help=texts("option_own"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        async def work(services: Any) -> Exit:
            return await preview_view.show(
                ticket, services, texts, recipient=recipient, html=html, own_tickets=own_tickets, as_json=as_json
            )

        _end(outcome.run(work, texts, as_json=as_json))

    @app.command(name="status", help=texts("status"), cls=parser_language.command_of(texts))
    def _status(
        key: Annotated[str, typer.Argument(metavar="KEY", help=texts("option_key"), show_default=False)] = "",
        *,
        watch: Annotated[bool, typer.Option("--watch", help=texts("option_watch"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        async def work(services: Any) -> Exit:
            if watch and as_json:
                raise WrongUse(texts("watch_json"))
            chosen = await which.dispatch_meant(which.parsed(key, texts), services, texts) if key else None
            return await status_view.show(chosen, services, texts, watch=watch, as_json=as_json)

        _end(outcome.run(work, texts, as_json=as_json))


def _add_trial(app: typer.Typer, texts: Texts) -> None:
    json_option = _json(texts)

    @app.command(name="trial", help=texts("trial"), cls=parser_language.command_of(texts))
    def _trial(
        ticket: Annotated[int, typer.Argument(metavar="TICKET", min=1, help=texts("option_ticket"))],
        *,
        to: Annotated[str, typer.Option(metavar="ADDRESS", help=texts("option_to"))],
        recipient: Annotated[str, typer.Option("--as", metavar="RECIPIENT", help=texts("option_as"))] = "",
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        async def work(services: Any) -> Exit:
            return await letter_trial_view.send(ticket, services, texts, to=to, recipient=recipient, as_json=as_json)

        _end(outcome.run(work, texts, as_json=as_json))


def _add_pressing(app: typer.Typer, texts: Texts) -> None:
    key_argument, json_option = _key(texts), _json(texts)

    @app.command(name="stop", help=texts("stop"), cls=parser_language.command_of(texts))
    def _stop(key: Annotated[str, key_argument], *, as_json: Annotated[bool, json_option] = False) -> None:
        _press(key, texts, commands.stop(texts), as_json=as_json)

    @app.command(name="resume", help=texts("resume"), cls=parser_language.command_of(texts))
    def _resume(key: Annotated[str, key_argument], *, as_json: Annotated[bool, json_option] = False) -> None:
        _press(key, texts, commands.resume(texts), as_json=as_json)

    @app.command(name="retry", help=texts("retry"), cls=parser_language.command_of(texts))
    def _retry(
        key: Annotated[str, key_argument],
        *,
        uncertain: Annotated[bool, typer.Option("--uncertain", help=texts("option_uncertain"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _press(key, texts, commands.retry(texts, uncertain=uncertain), as_json=as_json)

    @app.command(name="added", help=texts("added"), cls=parser_language.command_of(texts))
    def _added(key: Annotated[str, key_argument], *, as_json: Annotated[bool, json_option] = False) -> None:
        _press(key, texts, commands.added(texts), as_json=as_json)

    @app.command(name="resolve", help=texts("resolve"), cls=parser_language.command_of(texts))
    def _resolve(
        key: Annotated[str, key_argument],
        *,
        yes: Annotated[bool, typer.Option("--yes", "-y", help=texts("option_yes"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        _parsed(key, texts, as_json=as_json)
        _confirm(texts("confirm_resolve", key=key), texts, yes=yes, as_json=as_json)
        _press(key, texts, commands.resolve(texts), as_json=as_json)


def _add_keeping(app: typer.Typer, texts: Texts) -> None:
    json_option = _json(texts)

    @app.command(name="export", help=texts("export"), cls=parser_language.command_of(texts))
    def _export(
        key: Annotated[str, _key(texts)],
        *,
        output: Annotated[
            Path | None, typer.Option("--output", "-o", metavar="FILE", help=texts("option_output"))
        ] = None,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        async def work(services: Any) -> Exit:
            return await export.export(chosen, services, texts, output=output, as_json=as_json)

        chosen = _parsed(key, texts, as_json=as_json)
        _end(outcome.run(work, texts, as_json=as_json))

    @app.command(name="purge", help=texts("purge"), cls=parser_language.command_of(texts))
    def _purge(
        key: Annotated[str, typer.Argument(metavar="KEY", help=texts("option_key"), show_default=False)] = "",
        *,
        older_than: Annotated[
            int | None, typer.Option("--older-than", metavar="DAYS", min=1, max=36500, help=texts("option_older"))
        ] = None,
        yes: Annotated[bool, typer.Option("--yes", "-y", help=texts("option_yes"))] = False,
        as_json: Annotated[bool, json_option] = False,
    ) -> None:
        if bool(key) == (older_than is not None):
            _refuse(texts("one_of_both"), as_json=as_json)
        what = _parsed(key, texts, as_json=as_json) if older_than is None else timedelta(days=older_than)
        _confirm(texts("confirm_purge"), texts, yes=yes, as_json=as_json)

        async def work(services: Any) -> Exit:
            return await commands.purge(what, services, texts, as_json=as_json)

        _end(outcome.run(work, texts, as_json=as_json))


def _press(key: str, texts: Texts, act: commands.Press, *, as_json: bool) -> None:
    chosen = _parsed(key, texts, as_json=as_json)

    async def work(services: Any) -> Exit:
        return await commands.press(chosen, services, texts, act, as_json=as_json)

    _end(outcome.run(work, texts, as_json=as_json))


def _parsed(key: str, texts: Texts, *, as_json: bool) -> str:
    try:
        return which.parsed(key, texts)
    except WrongUse as error:
        _refuse(str(error), as_json=as_json)
        raise


def _confirm(question: str, texts: Texts, *, yes: bool, as_json: bool) -> None:
    if yes:
        return
    if as_json or not sys.stdin.isatty():
        _refuse(texts("needs_yes"), as_json=as_json)
    if input(f"{question} {texts('yes_or_no')}: ").strip().casefold() not in YES:
        _end(Exit.PROBLEMS)


def _refuse(why: str, *, as_json: bool) -> None:
    outcome.tell([why], Exit.WRONG_USE, as_json=as_json)
    _end(Exit.WRONG_USE)
