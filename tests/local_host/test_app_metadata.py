"""The app is refused where the real worker refuses it, with the worker's words, and settings are filled in."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func
import pytest

from local.host import StartError
from local.host.app_metadata import load_functions
from tests.local_host.little_apps import STORAGE, queue_app, timer_app


async def work(msg: func.QueueMessage) -> None: ...


def module_with(**names: Any) -> ModuleType:
    module = ModuleType("function_app")
    vars(module).update(names)
    return module


def queue_function(source: str) -> Callable[..., Any]:
    """The function ``f`` of some source text."""
    names: dict[str, Any] = {"func": func}
    exec(source, names)
    function: Callable[..., Any] = names["f"]
    return function


def test_a_function_is_read_with_its_bindings() -> None:
    async def send(msg: func.QueueMessage, out: func.Out[str], context: func.Context) -> None: ...

    (function,) = load_functions(queue_app(send, "%IN%", output="%OUT%"), {"IN": "work", "out": "next"})

    assert (function.name, function.trigger.kind, function.wants_context) == ("send", "queueTrigger", True)
    assert function.trigger.text("queueName") == "work"
    assert [(output.name, output.text("queueName")) for output in function.outputs] == [("out", "next")]


def test_a_missing_setting_puts_that_function_in_error_and_leaves_the_others(caplog: pytest.LogCaptureFixture) -> None:
    app = queue_app(work, "%IN%")

    @app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
    async def yearly(timer: func.TimerRequest) -> None: ...

    assert [function.name for function in load_functions(app, {})] == ["yearly"]
    assert "queueName of function work is '%IN%', but there is no setting named 'IN'" in caplog.text


def test_functions_of_one_app_object_can_be_read_twice() -> None:
    app = queue_app(work, "q")
    assert load_functions(app, {}) == load_functions(app, {})


def test_functions_already_taken_from_an_app_will_do() -> None:
    assert [function.name for function in load_functions(queue_app(work, "q").get_functions(), {})] == ["work"]


def test_two_names_for_the_app_are_refused() -> None:
    app = queue_app(work, "q")
    with pytest.raises(StartError, match="More than one FunctionApp or other top level function app instances"):
        load_functions(module_with(app=app, alias=app), {})


def test_a_module_without_an_app_is_refused() -> None:
    with pytest.raises(StartError, match="Could not find top level function app instances"):
        load_functions(module_with(app=None), {})


def test_the_same_name_twice_is_refused() -> None:
    app = queue_app(work, "q")
    app.queue_trigger(arg_name="msg", queue_name="other", connection=STORAGE)(work)
    with pytest.raises(StartError, match="Function work does not have a unique function name"):
        load_functions(app, {})


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def f(message): ...", "declared in Python but not in function.json: {'message'}"),
        ("def f(msg, more=None): ...", "declared in Python but not in function.json: {'more'}"),
        ("def f(): ...", "declared in function.json but not in Python: {'msg'}"),
        ("def f(msg: dict): ...", 'type of msg binding "queueTrigger" does not match its Python annotation'),
        ("def f(msg: func.Out[str]): ...", 'binding msg has the "in" direction'),
        ("def f(msg, context: str): ...", 'the "context" parameter is expected to be of type'),
    ],
)
def test_signatures_that_do_not_fit_are_refused(source: str, words: str) -> None:
    with pytest.raises(StartError) as caught:
        load_functions(queue_app(queue_function(source), "q"), {})
    assert str(caught.value).startswith("cannot load the f function: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("annotation", ["func.QueueMessage", "str", "bytes"])
def test_signatures_that_fit_are_taken(annotation: str) -> None:
    assert load_functions(queue_app(queue_function(f"def f(msg: {annotation}): ..."), "q"), {})


def test_a_trigger_that_this_host_does_not_know_is_refused() -> None:
    app = func.FunctionApp()
    app.blob_trigger(arg_name="msg", path="p", connection=STORAGE)(work)
    with pytest.raises(StartError, match="knows no IN binding of type 'blobTrigger'"):
        load_functions(app, {})


def test_an_app_without_functions_is_refused() -> None:
    with pytest.raises(StartError, match="No job functions found"):
        load_functions(func.FunctionApp(), {})


def test_disabled_functions_and_those_not_asked_for_are_left_out() -> None:
    async def tick(timer: func.TimerRequest) -> None: ...

    app = timer_app(tick)
    app.queue_trigger(arg_name="msg", queue_name="q", connection=STORAGE)(work)

    assert [function.name for function in load_functions(app, {"AzureWebJobs.tick.Disabled": "1"})] == ["work"]
    assert [function.name for function in load_functions(app, {"AzureWebJobs__work__Disabled": "true"})] == ["tick"]
    assert [function.name for function in load_functions(app, {}, only=["tick"])] == ["tick"]
    with pytest.raises(StartError, match="No function is named tock; there are tick, work"):
        load_functions(app, {}, only=["tock"])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "function_app", ModuleType("function_app"))
    return tmp_path


def test_a_folder_is_imported_anew_each_time_and_can_import_its_neighbours(folder: Path) -> None:
    (folder / "neighbour_of_app.py").write_text("NAME = 'from-neighbour'\n")
    text = (
        "import azure.functions as func\nfrom neighbour_of_app import NAME\napp = func.FunctionApp()\n"
        "@app.queue_trigger(arg_name='msg', queue_name=NAME, connection='AzureWebJobsStorage')\n"
        "async def work(msg: func.QueueMessage) -> None: ...\n"
    )
    for name in ("work", "other"):
        (folder / "function_app.py").write_text(text.replace("work", name))
        (function,) = load_functions(folder, {})
        assert (function.name, function.trigger.text("queueName")) == (name, "from-neighbour")


def test_an_import_error_names_the_module_and_the_path(folder: Path) -> None:
    (folder / "function_app.py").write_text("import no_such_module_here\n")
    with pytest.raises(StartError, match=r"No module named 'no_such_module_here'\. sys\.path is \["):
        load_functions(folder, {})


def test_a_folder_without_an_app_is_told(folder: Path) -> None:
    with pytest.raises(StartError, match=r"There is no function_app\.py in"):
        load_functions(folder, {})
