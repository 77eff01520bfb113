"""MockLoop by the Python SDK of MCP 1.x, which begins a session with `initialize`.

python story.py [PATH OF mockloop-mcp]
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters, stdio_client
from mcp.types import TextContent

PETSTORE = Path(__file__).resolve().parents[2] / "specs/petstore.yaml"


async def call(session: ClientSession, tool: str, **arguments: Any) -> Any:
    """Calls a tool, shows the short text that a model reads, and gives the structured content."""
    result = await session.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if isinstance(part, TextContent))
    print(f"\n> {tool} {arguments}\n{text}")
    assert not result.isError, text
    assert result.structuredContent is not None
    return result.structuredContent


async def story(session: ClientSession) -> None:
    project = await call(session, "generate_mock_api", spec_url_or_path=str(PETSTORE))
    server = await call(session, "start_mock_server", source=project["project"])
    url = server["url"]
    pet = {"server_url": url, "operation": "getPetById", "parameters": {"petId": 7}}
    try:
        found = await call(session, "call_mock", **pet)
        assert found["status"] == 200
        assert found["response_body"]["name"] == "Rex"

        failing = {"operation": "switch_scenario", "scenario_name": "server-errors"}
        await call(session, "manage_mock_data", server_url=url, **failing)
        failed = await call(session, "call_mock", **pet)
        assert failed["status"] == 500
        assert failed["decided_by"] == "scenario"

        log = await call(session, "query_mock_logs", server_url=url, limit=5)
        assert [entry["status_code"] for entry in log["logs"]] == [500, 200]
        expected = {"operation_id": "getPetById", "status": "5xx", "exactly": 1}
        verdict = await call(session, "verify_requests", server_url=url, **expected)
        assert verdict["verified"]
    finally:
        await call(session, "stop_mock_server", server=url)


async def main(command: str = "mockloop-mcp") -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The SDK would leave most of the environment out, such as where a mock's Python is.
        server = StdioServerParameters(
            command=command, args=["--output-root", folder, "--no-audit"], env=dict(os.environ)
        )
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            revision = (await session.initialize()).protocolVersion
            tools = await session.list_tools()
            names = [tool.name for tool in tools.tools]
            print(f"MCP {revision}, {len(names)} tools: {', '.join(names)}")
            assert revision == "2025-11-25"
            await story(session)


asyncio.run(main(*sys.argv[1:]))
