"""Asks a server over the older transport, HTTP with server-sent events, and prints what came back as JSON."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.sse import sse_client


async def main(url: str) -> None:
    sessions = []
    async with sse_client(url, on_session_created=sessions.append) as (read, write):
        async with ClientSession(read, write) as session:
            hello = await session.initialize()
            tools = await session.list_tools()
            right = {"n": 5, "operation": "Dallas"}
            ranking, again = await asyncio.gather(
                session.call_tool("top_n_products", right),
                session.call_tool("top_n_products", right),
            )
            wrong = await session.call_tool("top_n_products", {"operation": "Dalas"})

    def plain(result):
        return result.model_dump(by_alias=True, mode="json", exclude_none=True)

    said = {
        "hello": plain(hello),
        "tools": [tool.name for tool in tools.tools],
        "ranking": plain(ranking),
        "again": plain(again),
        "wrong": plain(wrong),
        "sessions": sessions,
    }
    print(json.dumps(said))


asyncio.run(main(sys.argv[1]))
