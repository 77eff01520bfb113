"""MockLoop in an agent of the OpenAI Agents SDK.

A script stands in for the model, so no key is needed; put yours in its place.

    python story.py [PATH OF mockloop-mcp]
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStdio
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)

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


def answers(items: Any) -> list[dict[str, Any]]:
    """The structured results of the calls so far."""
    calls = (item for item in items if isinstance(item, dict))
    return [
        json.loads(item["output"]) for item in calls if item.get("type") == "function_call_output"
    ]


class Script(Model):
    """A model that follows the steps and reads the mock's address from the second answer."""

    async def get_response(
        self, system_instructions: str | None, input: Any, *_: Any, **__: Any
    ) -> ModelResponse:
        done = answers(input)
        ahead = steps(done[1]["url"] if len(done) > 1 else None)[len(done) :]
        if ahead:
            tool, arguments = ahead[0]
            item: Any = ResponseFunctionToolCall(
                type="function_call",
                call_id=f"call-{len(done)}",
                name=tool,
                arguments=json.dumps(arguments),
            )
        else:
            text = ResponseOutputText(
                type="output_text",
                text="The client gets a pet, and a 500 when the shop is down.",
                annotations=[],
            )
            item = ResponseOutputMessage(
                type="message", id="end", role="assistant", status="completed", content=[text]
            )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError("this agent does not stream")


async def main(command: str = "mockloop-mcp") -> None:
    set_tracing_disabled(True)
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--output-root", folder, "--no-audit"]
        async with MCPServerStdio(
            {"command": command, "args": arguments, "env": dict(os.environ)},
            # The first start of a mock prepares its Python environment.
            client_session_timeout_seconds=300,
            use_structured_content=True,
        ) as server:
            tools = await server.list_tools()
            print(f"{len(tools)} tools: {', '.join(tool.name for tool in tools)}")
            agent = Agent(name="tester", model=Script(), mcp_servers=[server])
            task = "How does a client of the pet shop fare when the shop is down?"
            result = await Runner.run(agent, task, max_turns=20)
    done = answers(result.to_input_list())
    for (tool, _), answer in zip(steps(None), done, strict=True):
        print(f"\n> {tool}\n{json.dumps(answer)[:400]}")
    print(f"\n{result.final_output}")
    _, _, pet, _, failed, log, verdict, _ = done
    assert pet["status"] == 200
    assert failed["status"] == 500
    assert [entry["status_code"] for entry in log["logs"]] == [500, 200]
    assert verdict["verified"]


asyncio.run(main(*sys.argv[1:]))
