"""MockLoop in a LangChain agent.

A script stands in for the model, so no key is needed; put yours in its place.

    python story.py [PATH OF mockloop-mcp]
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.sessions import StdioConnection
from langchain_mcp_adapters.tools import load_mcp_tools

PETSTORE = Path(__file__).resolve().parents[2] / "specs/petstore.yaml"


def steps(url: str | None) -> list[tuple[str, dict[str, Any]]]:
    """What the model decides, call by call; the mock's address is known once it runs."""
    pet = {"server_url": url, "operation": "getPetById", "parameters": {"petId": 7}}
    expected = {"operation_id": "getPetById", "status": "5xx", "exactly": 1}
    failing = {"server_url": url, "operation": "switch_scenario", "scenario_name": "server-errors"}
    return [
        ("generate_mock_api", {"spec_url_or_path": str(PETSTORE)}),
        ("start_mock_server", {"source": "corner_petstore_mock"}),
        ("call_mock", pet),
        ("manage_mock_data", failing),
        ("call_mock", pet),
        ("query_mock_logs", {"server_url": url, "limit": 5}),
        ("verify_requests", {"server_url": url, **expected}),
        ("stop_mock_server", {"server": url}),
    ]


def structured(message: ToolMessage) -> Any:
    assert message.status == "success", message.content
    return message.artifact["structured_content"]


class Script(BaseChatModel):
    """A model that follows the steps and reads the mock's address from the second answer."""

    @property
    def _llm_type(self) -> str:
        return "script"

    def bind_tools(self, tools: Any, **_: Any) -> "Script":
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        answers = [message for message in messages if isinstance(message, ToolMessage)]
        url = structured(answers[1])["url"] if len(answers) > 1 else None
        ahead = steps(url)[len(answers) :]
        if ahead:
            tool, arguments = ahead[0]
            call = {"name": tool, "args": arguments, "id": f"call-{len(answers)}"}
            message = AIMessage(content="", tool_calls=[call])
        else:
            message = AIMessage(content="The client gets a pet, and a 500 when the shop is down.")
        return ChatResult(generations=[ChatGeneration(message=message)])


async def main(command: str = "mockloop-mcp") -> None:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--output-root", folder, "--no-audit"]
        server = StdioConnection(
            transport="stdio", command=command, args=arguments, env=dict(os.environ)
        )
        client = MultiServerMCPClient({"mockloop": server})
        # One session for all calls; without it every call would start a server of its own.
        async with client.session("mockloop") as session:
            tools = await load_mcp_tools(session)
            print(f"{len(tools)} tools: {', '.join(tool.name for tool in tools)}")
            agent = create_agent(Script(), tools)
            question = "How does a client of the pet shop fare when the shop is down?"
            task = {"role": "user", "content": question}
            state = await agent.ainvoke({"messages": [task]})
    for message in state["messages"]:
        message.pretty_print()
    told = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    _, _, pet, _, failed, log, verdict, _ = map(structured, told)
    assert pet["status"] == 200
    assert failed["status"] == 500
    assert [entry["status_code"] for entry in log["logs"]] == [500, 200]
    assert verdict["verified"]


asyncio.run(main(*sys.argv[1:]))
