"""Azurite starts, serves the three kinds of storage, counts, and ends with us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from azure.data.tables import TableServiceClient
from azure.storage.blob import BlobServiceClient
from azure.storage.queue import QueueServiceClient

from local.azurite import Azurite, AzuriteError, service_of

pytestmark = pytest.mark.azurite


def test_the_three_services_answer_and_are_counted(storage_connection_string, azurite):
    before = azurite.transactions()

    with QueueServiceClient.from_connection_string(storage_connection_string) as queues:
        queue = queues.create_queue("counted-queue")
        queue.send_message("one")
        assert [message.content for message in queue.receive_messages()] == ["one"]
    with TableServiceClient.from_connection_string(storage_connection_string) as tables:
        table = tables.create_table("countedtable")
        table.create_entity({"PartitionKey": "p", "RowKey": "r"})
        table.get_entity("p", "r")
        table.submit_transaction([("upsert", {"PartitionKey": "p", "RowKey": "r"})])
    with BlobServiceClient.from_connection_string(storage_connection_string) as blobs:
        container = blobs.create_container("counted-container")
        container.upload_blob("folder/name", b"content")

    deadline = time.monotonic() + 5
    while (after := azurite.transactions())["blob"] < before["blob"] + 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert {service: after[service] - before[service] for service in after} == {"blob": 2, "queue": 4, "table": 4}


@pytest.mark.parametrize(
    ("method", "target", "service"),
    [
        ("POST", "/devstoreaccount1/send/messages", "queue"),
        ("DELETE", "/devstoreaccount1/send/messages/1?popreceipt=x", "queue"),
        ("PUT", "/devstoreaccount1/send", "queue"),
        ("GET", "/devstoreaccount1/send?comp=metadata", "queue"),
        ("POST", "/devstoreaccount1/dispatches", "table"),
        ("POST", "/devstoreaccount1/$batch", "table"),
        ("GET", "/devstoreaccount1/dispatches()?$filter=x", "table"),
        ("PUT", "/devstoreaccount1/content?restype=container", "blob"),
        ("PUT", "/devstoreaccount1/content/folder/messages", "blob"),
        ("GET", "/devstoreaccount1/?comp=list", "blob"),
    ],
)
def test_the_form_of_a_request_tells_the_service(method, target, service):
    assert service_of(method, target) == service


def test_a_folder_keeps_what_was_stored_from_one_start_to_the_next(tmp_path):
    azurite = Azurite(location=tmp_path)
    for expected in ([], ["kept"]):
        with azurite, QueueServiceClient.from_connection_string(azurite.connection_string) as queues:
            assert [queue.name for queue in queues.list_queues()] == expected
            if not expected:
                queues.create_queue("kept")


def test_a_port_in_use_is_told_with_azurites_own_words(azurite):
    with pytest.raises(AzuriteError, match="EADDRINUSE"):
        Azurite(ports=azurite.ports).start()


def test_stopped_it_has_no_ports_and_can_be_stopped_again():
    azurite = Azurite()
    azurite.stop()

    with pytest.raises(AzuriteError, match="start it first"):
        _ = azurite.connection_string


@pytest.mark.slow
def test_no_azurite_outlives_a_killed_parent():
    script = "from local.azurite import Azurite; print(Azurite().start().pid, flush=True); input()"
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)

        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "Azurite still runs"
        time.sleep(0.05)
