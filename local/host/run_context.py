"""What a function is given beside its trigger's value."""

import threading
from typing import Any

import azure.functions as func

from local.host.app_metadata import AppFunction

_thread_local = threading.local()


class Out(func.Out[Any]):
    """Where a function leaves a value for an output binding."""

    def __init__(self) -> None:
        self._value: Any = None

    def set(self, val: Any) -> None:
        self._value = val

    def get(self) -> Any:
        return self._value


class TraceContext:
    """Empty, as where Application Insights is not connected."""

    trace_parent = trace_state = Traceparent = Tracestate = ""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.Attributes = self.attributes


class RetryContext:
    """No retry: the policies that would count are not carried out here."""

    retry_count = 0
    max_retry_count = 0
    exception = None


class RunContext(func.Context):
    """What a parameter named ``context`` gets."""

    def __init__(self, function: AppFunction, run_id: str) -> None:
        self._function = function
        self._run_id = run_id
        self._trace_context = TraceContext()

    @property
    def invocation_id(self) -> str:
        return self._run_id

    @property
    def function_name(self) -> str:
        return self._function.name

    @property
    def function_directory(self) -> str:
        return self._function.folder

    @property
    def thread_local_storage(self) -> Any:
        return _thread_local

    @property
    def trace_context(self) -> Any:
        return self._trace_context

    @property
    def retry_context(self) -> Any:
        return RetryContext()
