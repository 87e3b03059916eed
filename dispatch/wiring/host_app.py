"""The application as the Functions host is given it."""

import azure.functions as func
from azure.functions.decorators.function_app import Function

from dispatch.wiring import warming


class HostApp(func.FunctionApp):
    """Asked for its functions by a worker that starts, and by nobody else."""

    def get_functions(self) -> list[Function]:
        """The functions; meanwhile a thread imports what they need."""
        warming.begin()
        return super().get_functions()
