"""MockLoop in a CrewAI crew of one.

A script stands in for the model, so no key is needed; put yours in its place.

    python story.py [PATH OF mockloop-mcp]
"""

import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

# Read by the imports below.
os.environ["CREWAI_DISABLE_TELEMETRY"] = os.environ["OTEL_SDK_DISABLED"] = "true"

from crewai.utilities.types import LLMMessage
from crewai_tools import MCPServerAdapter
from mcp import StdioServerParameters
from pydantic import Field

from crewai import Agent, BaseLLM, Crew, Task

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


class Script(BaseLLM):
    """A model that follows the steps, as text that CrewAI reads."""

    answers: list[str] = Field(default_factory=list)

    def call(self, messages: str | list[LLMMessage], *_: Any, **__: Any) -> str:
        assert not isinstance(messages, str)
        told = [str(message["content"]) for message in messages if message["role"] == "assistant"]
        self.answers = [text.split("\nObservation:", 1)[1].strip() for text in told]
        urls = re.findall(r"http://127\.0\.0\.1:\d+", "".join(self.answers[1:2])) or [None]
        ahead = steps(urls[0])[len(self.answers) :]
        if not ahead:
            answer = "The client gets a pet, and a 500 when the shop is down."
            return f"Thought: done\nFinal Answer: {answer}"
        tool, arguments = ahead[0]
        return f"Thought: next is {tool}\nAction: {tool}\nAction Input: {json.dumps(arguments)}"

    def supports_function_calling(self) -> bool:
        return False


def main(command: str = "mockloop-mcp") -> None:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["--output-root", folder, "--no-audit"]
        server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
        script = Script(model="script")
        with MCPServerAdapter(server) as tools:
            print(f"{len(tools)} tools: {', '.join(tool.name for tool in tools)}")
            # An answer of a mock is no constant: nothing is taken from CrewAI's cache.
            tester = Agent(
                role="tester",
                goal="know the client",
                backstory="a tester of clients",
                llm=script,
                tools=tools,
                cache=False,
                max_iter=20,
            )
            task = Task(
                description="How does a client of the pet shop fare when the shop is down?",
                expected_output="a sentence",
                agent=tester,
            )
            result = Crew(agents=[tester], tasks=[task], cache=False).kickoff()
    for (tool, _), answer in zip(steps(None), script.answers, strict=True):
        print(f"\n> {tool}\n{answer[:400]}")
    print(f"\n{result}")
    _, _, pet, _, failed, log, verdict, _ = script.answers
    assert "200" in pet and "Rex" in pet, pet
    assert "500" in failed and "scenario" in failed, failed
    assert "500" in log and "200" in log, log
    assert verdict.startswith("Yes."), verdict


main(*sys.argv[1:])
