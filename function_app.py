"""The triggers, and nothing else: parse, call one use case, return. The work is in ``dispatch/``."""

import json
import logging
from typing import TypeVar

import azure.functions as func

from dispatch.core import PlanDispatch, ResolveTicket, SendBatch
from dispatch.telemetry import Action, event
from dispatch.web import functions
from dispatch.wiring import guarded, host_app, services

log = logging.getLogger("dispatch")
Asked = TypeVar("Asked", PlanDispatch, SendBatch, ResolveTicket)

# The SDKs log each request as if it were ours.
for noisy in ("azure", "httpx", "msal", "urllib3"):
    logging.getLogger(noisy).setLevel(logging.WARNING)

app = host_app.HostApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(functions.web)  # the status page and the API


@app.function_name("find_dispatches")
@app.timer_trigger(arg_name="timer", schedule="%DISPATCH_SCHEDULE%", run_on_startup=False, use_monitor=True)
@guarded
async def find_dispatches(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the host passes it by this name
    """Releases batches, sweeps up after crashes, and asks for ready tickets to be planned."""
    from dispatch import tick

    await tick.run(await services())


@app.function_name("plan_dispatch")
@app.queue_trigger(arg_name="message", queue_name="dispatch-plans", connection="AzureWebJobsStorage")
@guarded
async def plan_dispatch(message: func.QueueMessage) -> None:
    """Plans one dispatch or answer, or says in its ticket what it would do."""
    from dispatch.answering import plan_queue

    if asked := read_message(PlanDispatch, message):
        await plan_queue.run(asked, await services())


@app.function_name("send_batch")
@app.queue_trigger(arg_name="message", queue_name="dispatch-batches", connection="AzureWebJobsStorage")
@guarded
async def send_batch(message: func.QueueMessage) -> None:
    """Sends one batch of recipients and records each outcome."""
    from dispatch.sending import worker

    if asked := read_message(SendBatch, message):
        # One that is delivered again has been acted on, so that the row which it brings is old.
        again = (message.dequeue_count or 0) > 1
        await worker.run(asked.without_row() if again else asked, await services())


@app.function_name("resolve_ticket")
@app.queue_trigger(arg_name="message", queue_name="dispatch-completed", connection="AzureWebJobsStorage")
@guarded
async def resolve_ticket(message: func.QueueMessage) -> None:
    """Answers in the ticket with the report and solves it."""
    from dispatch.closing import resolve

    if asked := read_message(ResolveTicket, message):
        await resolve.run(asked, await services())


@app.function_name("abandon_plan")
@app.queue_trigger(arg_name="message", queue_name="dispatch-plans-poison", connection="AzureWebJobsStorage")
@guarded
async def abandon_plan(message: func.QueueMessage) -> None:
    """Tells the case worker that planning failed again and again."""
    from dispatch.answering import plan_queue

    if asked := read_message(PlanDispatch, message):
        await plan_queue.give_up(asked, await services())


@app.function_name("abandon_batch")
@app.queue_trigger(arg_name="message", queue_name="dispatch-batches-poison", connection="AzureWebJobsStorage")
@guarded
async def abandon_batch(message: func.QueueMessage) -> None:
    """Plans a batch that failed again and again anew, after a pause that grows."""
    from dispatch.closing import abandon

    if asked := read_message(SendBatch, message):
        await abandon.put_batch_back(asked, await services())


@app.function_name("abandon_report")
@app.queue_trigger(arg_name="message", queue_name="dispatch-completed-poison", connection="AzureWebJobsStorage")
@guarded
async def abandon_report(message: func.QueueMessage) -> None:
    """Tells the operator that a ticket could not be answered."""
    from dispatch.closing import abandon

    if asked := read_message(ResolveTicket, message):
        await abandon.report_unwritten(asked, await services())


@app.function_name("keep_delivery_report")
@app.queue_trigger(arg_name="message", queue_name="mail-reports", connection="AzureWebJobsStorage")
@guarded
async def keep_delivery_report(message: func.QueueMessage) -> None:
    """Keeps what Communication Services says became of a letter, until the next tick notes it."""
    from dispatch.collecting import delivery_reports

    if said := delivery_reports.read(message.get_body()):
        await delivery_reports.keep(said, await services())


@app.function_name("doctor")
@app.route(route="doctor", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
@guarded
async def doctor(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the host passes it by this name
    """Checks everything that a dispatch needs: for the deployment's smoke test, with a function key."""
    from dispatch.doctor import as_json, examine

    told = as_json(await examine())
    return func.HttpResponse(json.dumps(told), status_code=200 if told["ok"] else 503, mimetype="application/json")


def read_message(kind: type[Asked], message: func.QueueMessage) -> Asked | None:
    """What is asked for. A message that is none of ours is taken away: what it stood for, the sweep finds."""
    body = message.get_body()
    asked = kind.read(body)
    if asked is None:
        event(log, Action.MESSAGE_UNREADABLE, level=logging.ERROR, kind=kind.__name__, bytes=len(body))
    return asked
