"""The server of the bench pages: a process of its own, so that its work is not measured.

``python -m bench.serve COUNT`` prints its port, serves until its input ends, and prints how
many of the pages were asked for.
"""

from __future__ import annotations

import asyncio
import sys

from bench.pages import make_site

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def make_answers(count: int) -> dict[bytes, bytes]:
    """Return whole HTTP answers by path."""
    return {
        page.path.encode(): (
            f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: {page.content_type}\r\n"
            f"Content-Length: {len(page.body)}\r\nX-Frame-Options: SAMEORIGIN\r\n\r\n"
        ).encode()
        + page.body
        for page in make_site(count).values()
    }


async def serve(count: int) -> None:
    """Serve until the input ends."""
    answers = make_answers(count)
    served: set[bytes] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1]
                served.add(path)
                writer.write(answers.get(path, NOT_FOUND))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(len(served & answers.keys()), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
