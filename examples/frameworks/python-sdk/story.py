"""MockLoop by the Python SDK of MCP: a mock is generated, run, called, made to fail and stopped.

    python story.py [PATH OF mockloop-mcp] [auto|legacy]

`auto` is the newest revision of the protocol, `legacy` the way that begins with `initialize`.
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import TextContent

PETSTORE = Path(__file__).resolve().parents[2] / "specs/petstore.yaml"


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    """Calls a tool, shows the short text that a model reads, and gives the structured content."""
    result = await client.call_tool(tool, arguments)
    text = "".join(part.text for part in result.content if isinstance(part, TextContent))
    print(f"\n> {tool} {arguments}\n{text}")
    assert not result.is_error, text
    assert result.structured_content is not None
    return result.structured_content


async def story(client: Client) -> None:
    project = await call(client, "generate_mock_api", spec_url_or_path=str(PETSTORE))
    server = await call(client, "start_mock_server", source=project["project"])
    url = server["url"]
    pet = {"server_url": url, "operation": "getPetById", "parameters": {"petId": 7}}
    try:
        found = await call(client, "call_mock", **pet)
        assert found["status"] == 200
        assert found["response_body"]["name"] == "Rex"

        failing = {"operation": "switch_scenario", "scenario_name": "server-errors"}
        await call(client, "manage_mock_data", server_url=url, **failing)
        failed = await call(client, "call_mock", **pet)
        assert failed["status"] == 500
        assert failed["decided_by"] == "scenario"

        log = await call(client, "query_mock_logs", server_url=url, limit=5)
        assert [entry["status_code"] for entry in log["logs"]] == [500, 200]
        expected = {"operation_id": "getPetById", "status": "5xx", "exactly": 1}
        verdict = await call(client, "verify_requests", server_url=url, **expected)
        assert verdict["verified"]
    finally:
        await call(client, "stop_mock_server", server=url)


async def main(command: str = "mockloop-mcp", mode: str = "auto") -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The SDK would leave most of the environment out, such as where a mock's Python is.
        server = StdioServerParameters(
            command=command, args=["--output-root", folder, "--no-audit"], env=dict(os.environ)
        )
        async with Client(stdio_client(server), mode=mode) as client:
            tools = await client.list_tools()
            names = [tool.name for tool in tools.tools]
            print(f"MCP {client.protocol_version}, {len(names)} tools: {', '.join(names)}")
            assert (client.protocol_version >= "2026-07-28") == (mode == "auto")
            await story(client)


asyncio.run(main(*sys.argv[1:]))
