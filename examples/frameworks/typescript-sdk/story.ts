// MockLoop by the TypeScript SDK of MCP: a mock is generated, run, called, made to fail, looked into and stopped.
//
//     node story.ts [PATH OF mockloop-mcp] [auto|legacy]
//
// `auto` is the newest revision of the protocol, `legacy` the way that begins with `initialize`.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

const PETSTORE = resolve(import.meta.dirname, "../../specs/petstore.yaml");
const [command = "mockloop-mcp", mode = "auto"] = process.argv.slice(2);

/** Calls a tool, shows the short text that a model reads, and gives the structured content. */
async function call(client: Client, name: string, args: Record<string, unknown>): Promise<any> {
  // The first start of a mock prepares its Python environment.
  const result = await client.callTool({ name, arguments: args }, { timeout: 300_000 });
  const text = result.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  console.log(`\n> ${name} ${JSON.stringify(args)}\n${text}`);
  assert(!result.isError, text);
  return result.structuredContent;
}

async function story(client: Client): Promise<void> {
  const { project } = await call(client, "generate_mock_api", { spec_url_or_path: PETSTORE });
  const { url } = await call(client, "start_mock_server", { source: project });
  const pet = { server_url: url, operation: "getPetById", parameters: { petId: 7 } };
  try {
    const found = await call(client, "call_mock", pet);
    assert.equal(found.status, 200);
    assert.equal(found.response_body.name, "Rex");

    const failing = { server_url: url, operation: "switch_scenario", scenario_name: "server-errors" };
    await call(client, "manage_mock_data", failing);
    const failed = await call(client, "call_mock", pet);
    assert.equal(failed.status, 500);
    assert.equal(failed.decided_by, "scenario");

    const { logs } = await call(client, "query_mock_logs", { server_url: url, limit: 5 });
    assert.deepEqual(logs.map((entry: any) => entry.status_code), [500, 200]);
    const expected = { operation_id: "getPetById", status: "5xx", exactly: 1 };
    const { verified } = await call(client, "verify_requests", { server_url: url, ...expected });
    assert(verified);
  } finally {
    await call(client, "stop_mock_server", { server: url });
  }
}

const folder = await mkdtemp(join(tmpdir(), "mockloop-"));
const client = new Client(
  { name: "story", version: "1.0.0" },
  { versionNegotiation: { mode: mode === "legacy" ? "legacy" : "auto" } },
);
// The SDK would leave most of the environment out, such as where a mock's Python is.
const env = Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
await client.connect(new StdioClientTransport({ command, args: ["--output-root", folder, "--no-audit"], env }));
try {
  const revision = client.getNegotiatedProtocolVersion() ?? "";
  const { tools } = await client.listTools();
  console.log(`MCP ${revision}, ${tools.length} tools: ${tools.map((tool) => tool.name).join(", ")}`);
  assert.equal(revision >= "2026-07-28", mode === "auto");
  await story(client);
} finally {
  await client.close();
  await rm(folder, { recursive: true, force: true });
}
