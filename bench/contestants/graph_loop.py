"""The limit: posts the letters to Graph with as many requests at once, and keeps no record of anything."""

import asyncio
import json

import httpx

from bench.letters import SENDER, SENDER_NAME, the_letter
from bench.processes import Stopwatch, specification


async def main() -> None:
    """``{"url", "recipients": [[address, name], ...], "concurrency"}``."""
    spec = specification()
    letter = the_letter()
    gate = asyncio.Semaphore(spec["concurrency"])
    url = f"{spec['url']}/users/{SENDER}/sendMail"

    async def send(http: httpx.AsyncClient, address: str, name: str) -> None:
        message = {
            "subject": letter.subject,
            "body": {"contentType": "html", "content": letter.html},
            "from": {"emailAddress": {"address": SENDER, "name": SENDER_NAME}},
            "toRecipients": [{"emailAddress": {"address": address, "name": name}}],
            "internetMessageId": f"<{address.replace('@', '.')}@bare.example>",
        }
        content = json.dumps({"message": message, "saveToSentItems": True}).encode()
        async with gate:
            response = await http.post(url, content=content, headers={"Content-Type": "application/json"})
        if response.status_code != httpx.codes.ACCEPTED:
            raise RuntimeError(f"answered {response.status_code}")

    async with httpx.AsyncClient(timeout=60) as http:
        watch = Stopwatch()
        async with asyncio.TaskGroup() as tasks:
            for address, name in spec["recipients"]:
                tasks.create_task(send(http, address, name))
        watch.report()


if __name__ == "__main__":
    asyncio.run(main())
