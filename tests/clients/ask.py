"""Asks servers the same questions through several of Python's clients at once, and prints what came back as JSON.

Reads JSON from its input: `calls` (tool, arguments) and `sessions` (a name; `mode`, the era that is spoken, for HTTP and for
a program that is spoken to over its pipes; and `url`, `sse` or `command` with `env`).
"""

import asyncio
import json
import sys
import tempfile
from contextlib import asynccontextmanager

from mcp import Client, ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client

# A call that takes longer than this has been lost.
SECONDS_MAX = 120
# So many calls of a session are under way at once.
AT_ONCE = 4


@asynccontextmanager
async def opened(session, log, streams):
    """A client that has shaken hands, and the revision that they agreed upon."""
    if "sse" in session:
        async with sse_client(session["sse"], on_session_created=streams.append) as (read, write):
            async with ClientSession(read, write, read_timeout_seconds=SECONDS_MAX) as client:
                hello = await client.initialize()
                yield client, hello.protocol_version
        return
    if "command" in session:
        program, *args = session["command"]
        params = StdioServerParameters(command=program, args=args, env=session["env"])
        server = stdio_client(params, errlog=log)
    else:
        server = session["url"]
    async with Client(server, mode=session["mode"], read_timeout_seconds=SECONDS_MAX) as client:
        yield client, client.protocol_version


async def called(client, call, turns):
    """What a call gave. The client itself checks structured content against the tool's schema, which it has listed."""
    try:
        async with turns:
            result = await client.call_tool(call["tool"], call["arguments"])
    except Exception as error:  # whatever it is, it is told
        return {"failed": f"{type(error).__name__}: {error}"}
    content = [block.model_dump(by_alias=True, mode="json", exclude_none=True) for block in result.content]
    return {"isError": bool(result.is_error), "content": content, "structuredContent": result.structured_content}


async def asked(session, calls):
    streams = []
    with tempfile.TemporaryFile("w+") as log:
        try:
            async with opened(session, log, streams) as (client, revision):
                tools = await client.list_tools()
                said = {"revision": revision, "tools": [tool.name for tool in tools.tools]}
                turns = asyncio.Semaphore(AT_ONCE)
                said["results"] = await asyncio.gather(*(called(client, call, turns) for call in calls))
        except BaseException as error:  # a client's task group fails with a group of its own kind
            said = {"failed": repr(error)}
        log.seek(0)
        return {"name": session["name"], "streams": streams, "log": log.read(), **said}


async def main():
    given = json.load(sys.stdin)
    said = await asyncio.gather(*(asked(session, given["calls"]) for session in given["sessions"]))
    json.dump(said, sys.stdout)


asyncio.run(main())
