"""MockLoop in a LangGraph graph that checks, without a model, how a mock and a scenario behave.

Each step is a node that asks for a tool; a `ToolNode` calls it.

    python story.py [PATH OF mockloop-mcp]
"""

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, ToolMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.sessions import StdioConnection
from langchain_mcp_adapters.tools import load_mcp_tools
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

PETSTORE = Path(__file__).resolve().parents[2] / "specs/petstore.yaml"


class State(MessagesState):
    """The conversation, and the address of the mock once it runs."""

    url: str


def ask(state: State, tool: str, **arguments: Any) -> dict[str, Any]:
    call = {"name": tool, "args": arguments, "id": f"call-{len(state['messages'])}"}
    return {"messages": [AIMessage(content="", tool_calls=[call])]}


def generate(state: State) -> dict[str, Any]:
    return ask(state, "generate_mock_api", spec_url_or_path=str(PETSTORE))


def start(state: State) -> dict[str, Any]:
    return ask(state, "start_mock_server", source="corner_petstore_mock")


def try_it(state: State) -> dict[str, Any]:
    url = state.get("url") or structured(state["messages"][-1])["url"]
    pet = {"operation": "getPetById", "parameters": {"petId": 7}}
    return {"url": url} | ask(state, "call_mock", server_url=url, **pet)


def break_it(state: State) -> dict[str, Any]:
    scenario = {"operation": "switch_scenario", "scenario_name": "server-errors"}
    return ask(state, "manage_mock_data", server_url=state["url"], **scenario)


def look(state: State) -> dict[str, Any]:
    return ask(state, "query_mock_logs", server_url=state["url"], limit=5)


def verify(state: State) -> dict[str, Any]:
    expected = {"operation_id": "getPetById", "status": "5xx", "exactly": 1}
    return ask(state, "verify_requests", server_url=state["url"], **expected)


def stop(state: State) -> dict[str, Any]:
    return ask(state, "stop_mock_server", server=state["url"])


def structured(message: Any) -> Any:
    assert message.status == "success", message.content
    return message.artifact["structured_content"]


async def main(command: str = "mockloop-mcp") -> None:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--output-root", folder, "--no-audit"]
        server = StdioConnection(
            transport="stdio", command=command, args=arguments, env=dict(os.environ)
        )
        # One session for all calls; without it every call would start a server of its own.
        async with MultiServerMCPClient({"mockloop": server}).session("mockloop") as session:
            tools = await load_mcp_tools(session)
            print(f"{len(tools)} tools: {', '.join(tool.name for tool in tools)}")
            graph, before = StateGraph(State), START
            nodes = [generate, start, try_it, break_it, try_it, look, verify, stop]
            for number, node in enumerate(nodes):
                asking, calling = f"{number} {node.__name__}", f"{number} tool"
                graph.add_node(asking, node).add_node(calling, ToolNode(tools))
                graph.add_edge(before, asking).add_edge(asking, calling)
                before = calling
            graph.add_edge(before, END)
            state = await graph.compile().ainvoke(State(messages=[], url=""))
    for message in state["messages"]:
        message.pretty_print()
    told = [message for message in state["messages"] if isinstance(message, ToolMessage)]
    _, _, pet, _, failed, log, verdict, _ = map(structured, told)
    assert pet["status"] == 200
    assert failed["status"] == 500
    assert [entry["status_code"] for entry in log["logs"]] == [500, 200]
    assert verdict["verified"]


asyncio.run(main(*sys.argv[1:]))
