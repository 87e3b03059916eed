"""Which functions an app has, read from the app itself and refused where the Python worker would refuse them."""

import importlib.util
import inspect
import json
import logging
import sys
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func
from azure.functions.decorators.function_app import Function, FunctionRegister

from local.host.errors import FunctionError, StartError
from local.host.settings import find_setting, resolve_settings

log = logging.getLogger(__name__)

#: A folder with ``function_app.py``, a module, the app object, or functions already taken from one.
AppSource = str | Path | ModuleType | func.FunctionApp | Sequence[Function]

TRIGGERS = ("timerTrigger", "queueTrigger", "httpTrigger")
_OUTPUTS = ("queue", "http")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One binding as ``function.json`` would state it, with settings filled in."""

    kind: str
    name: str
    properties: Mapping[str, Any]

    def text(self, key: str, default: str = "") -> str:
        """A property as text; the default where it is missing or null."""
        value = self.properties.get(key)
        return default if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFunction:
    """One function of the app."""

    name: str
    call: Callable[..., Any]
    trigger: Binding
    outputs: tuple[Binding, ...]
    annotation: Any
    wants_context: bool
    folder: str

    @property
    def returns(self) -> Binding | None:
        """The binding that the return value goes to."""
        return next((output for output in self.outputs if output.name == "$return"), None)


def app_folder_of(source: AppSource) -> Path | None:
    """The folder whose host.json belongs to the app, where the source tells it."""
    if isinstance(source, str | Path):
        return Path(source).resolve()
    if isinstance(source, ModuleType) and source.__file__:
        return Path(source.__file__).resolve().parent
    return None


def load_functions(
    source: AppSource, environ: Mapping[str, str], *, only: Sequence[str] | None = None
) -> list[AppFunction]:
    """The app's functions, without the disabled ones and without those not asked for."""
    functions = [_read_function(function) for function in _index(source)]
    known = {function.name for function in functions}
    if unknown := sorted(set(only or ()) - known):
        raise StartError(f"No function is named {', '.join(unknown)}; there are {', '.join(sorted(known))}.")
    asked_for = [
        function
        for function in functions
        if (only is None or function.name in only) and not _is_disabled(function.name, environ)
    ]
    if not asked_for:
        raise StartError("No job functions found: the app registers none, or all are disabled.")
    return [filled for function in asked_for if (filled := _filled_in(function, environ)) is not None]


def _filled_in(function: AppFunction, environ: Mapping[str, str]) -> AppFunction | None:
    try:
        return _fill_in_settings(function, environ)
    except FunctionError as error:
        log.error("The '%s' function is in error: %s", function.name, error)  # noqa: TRY400 - the reason is whole
        return None


def _index(source: AppSource) -> Sequence[Function]:
    if isinstance(source, str | Path):
        source = _import_function_app(Path(source).resolve())
    if isinstance(source, ModuleType):
        source = _only_app_of(source)
    if not isinstance(source, func.FunctionApp):
        return source
    # get_functions() works once an app, since it remembers the names; a second host in one process may ask again.
    source.functions_bindings = None
    try:
        return source.get_functions()
    except ValueError as error:
        raise StartError(str(error)) from error


def _import_function_app(folder: Path) -> ModuleType:
    """``function_app.py`` of the folder, executed anew even when a module of that name is loaded already."""
    path = folder / "function_app.py"
    if not path.exists():
        raise StartError(f"There is no function_app.py in {folder}.")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("function_app", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["function_app"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise StartError(
            f"function_app.py cannot be imported: {type(error).__name__}: {error}. sys.path is {sys.path}."
        ) from error
    return module


def _only_app_of(module: ModuleType) -> func.FunctionApp:
    found = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    if len(found) > 1:
        raise StartError("More than one FunctionApp or other top level function app instances are defined.")
    if not found or not isinstance(found[0], func.FunctionApp):
        raise StartError(f"Could not find top level function app instances in {module.__name__}.")
    return found[0]


def _read_function(function: Function) -> AppFunction:
    name = function.get_function_name() or ""
    bindings = [_read_binding(item, function=name) for item in json.loads(function.get_function_json())["bindings"]]
    triggers = [binding for binding in bindings if binding.kind in TRIGGERS]
    if len(triggers) != 1:
        raise _cannot_load(name, f"it needs one trigger of {', '.join(TRIGGERS)}")
    call = function.get_user_function()
    return AppFunction(
        name=name,
        call=call,
        trigger=triggers[0],
        outputs=tuple(binding for binding in bindings if binding is not triggers[0]),
        annotation=typing.get_type_hints(call).get(triggers[0].name),
        wants_context=_check_signature(name, call, bindings),
        folder=str(Path(inspect.getfile(call)).parent),
    )


def _read_binding(item: Mapping[str, Any], *, function: str) -> Binding:
    kind = str(item["type"])
    if kind not in TRIGGERS and not (kind in _OUTPUTS and item["direction"] == "OUT"):
        raise _cannot_load(function, f"this local host knows no {item['direction']} binding of type '{kind}'")
    return Binding(kind=kind, name=str(item["name"]), properties=item)


def _check_signature(name: str, call: Callable[..., Any], bindings: Sequence[Binding]) -> bool:
    """Whether a context is asked for; raises what the worker would say of parameters that do not fit."""
    declared = set(inspect.signature(call).parameters)
    bound = {binding.name for binding in bindings} - {"$return"}
    hints = typing.get_type_hints(call)
    wants_context = "context" in declared - bound
    if wants_context and getattr(hints.get("context", func.Context), "__name__", "") != "Context":
        raise _cannot_load(name, 'the "context" parameter is expected to be of type azure.functions.Context')
    if unbound := declared - bound - {"context"}:
        raise _cannot_load(name, f"the following parameters are declared in Python but not in function.json: {unbound}")
    if missing := bound - declared:
        raise _cannot_load(name, f"the following parameters are declared in function.json but not in Python: {missing}")
    for binding in bindings:
        if binding.name in hints:
            _check_annotation(name, binding, hints[binding.name])
    return wants_context


def _check_annotation(name: str, binding: Binding, annotation: Any) -> None:
    is_out = typing.get_origin(annotation) is func.Out or annotation is func.Out
    if is_out != (binding.kind not in TRIGGERS):
        direction = "in" if is_out else "out"
        raise _cannot_load(name, f'binding {binding.name} has the "{direction}" direction, annotated {annotation}')
    if is_out or annotation in {str, bytes}:
        return
    registry: Any = func.get_binding_registry()  # type: ignore[no-untyped-call]  # azure.functions leaves it untyped
    if not isinstance(annotation, type) or not registry.get(binding.kind).check_input_type_annotation(annotation):
        raise _cannot_load(
            name, f'type of {binding.name} binding "{binding.kind}" does not match its Python annotation {annotation}'
        )


def _cannot_load(name: str, reason: str) -> StartError:
    return StartError(f"cannot load the {name} function: {reason}")


def _is_disabled(name: str, environ: Mapping[str, str]) -> bool:
    value = find_setting(environ, f"AzureWebJobs.{name}.Disabled") or find_setting(
        environ, f"AzureWebJobs__{name}__Disabled"
    )
    return (value or "").lower() in {"1", "true"}


def _fill_in_settings(function: AppFunction, environ: Mapping[str, str]) -> AppFunction:
    def filled(binding: Binding) -> Binding:
        properties = {
            key: resolve_settings(value, environ, what=f"{key} of function {function.name}")
            if isinstance(value, str) and key in {"queueName", "schedule", "route"}
            else value
            for key, value in binding.properties.items()
        }
        return Binding(kind=binding.kind, name=binding.name, properties=properties)

    return AppFunction(
        name=function.name,
        call=function.call,
        trigger=filled(function.trigger),
        outputs=tuple(filled(output) for output in function.outputs),
        annotation=function.annotation,
        wants_context=function.wants_context,
        folder=function.folder,
    )
