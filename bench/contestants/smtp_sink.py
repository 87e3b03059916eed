"""An SMTP server that takes everything and keeps nothing: light enough to leave the client's cost visible."""

import asyncio
import json

from bench.processes import specification

_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """Answers what has come whole, after ``seconds``: the way there and back."""

    def __init__(self, offers: list[str], seconds: float) -> None:
        self._offers, self._seconds = [*offers, "AUTH PLAIN"], seconds
        self._held, self._in_body = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greets."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answers each line and each message that is whole."""
        self._held += data
        replies = []
        while (end := self._held.find(_END if self._in_body else b"\r\n")) >= 0:
            line, self._held = self._held[:end], self._held[end + (len(_END) if self._in_body else 2) :]
            replies.append(self._reply(line))
        if not replies:
            return
        said = b"".join(replies)
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._transport.write, said)
        else:
            self._transport.write(said)

    def _reply(self, line: bytes) -> bytes:
        if self._in_body:
            self._in_body = False
            return b"250 2.0.0 Queued\r\n"
        verb = line[:4].upper()
        if verb == b"EHLO":
            offered = "".join(f"250-{each}\r\n" for each in ("sink", *self._offers))
            return f"{offered}250 HELP\r\n".encode()
        self._in_body = verb == b"DATA"
        return {b"DATA": b"354 Go on\r\n", b"AUTH": b"235 2.7.0 OK\r\n", b"QUIT": b"221 Bye\r\n"}.get(
            verb, b"250 OK\r\n"
        )


async def main() -> None:
    """``{"offers", "milliseconds"}``. Prints its port and serves until it is killed."""
    spec = specification()
    seconds = spec["milliseconds"] / 1000
    server = await asyncio.get_running_loop().create_server(lambda: Sink(spec["offers"], seconds), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
