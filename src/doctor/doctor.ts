import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir, totalmem } from "node:os";
import path from "node:path";
import type { Backend } from "../backends/backend.ts";
import { BACKENDS } from "../backends/table.ts";
import type { Graph } from "../graph/graph.ts";
import { versionIn } from "../graph/version-range.ts";
import { collectSecrets } from "../process/collect-secrets.ts";
import { commandOutput, commandVersion, findCommand } from "../process/command-version.ts";
import { readPolicy } from "../recovery/policy.ts";
import { readFreeDisk } from "../store/free-disk.ts";
import { chooseCli } from "../start/choose-cli.ts";
import { examineVolumes, hostLogin, readHostReport, type HostReport } from "./examine-box.ts";
import type { Finding } from "./finding.ts";
import { requirementProblem } from "../start/preflight.ts";

interface Examination {
  readonly graph: Graph | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cli: string | undefined;
}
type Environment = Examination["environment"];

/** Checks everything that runs need, in parallel and within seconds. Asks no model and changes nothing. */
export async function examine(input: Examination): Promise<readonly Finding[]> {
  const { environment, graph } = input;
  const { cli } = chooseCli({ flag: input.cli, environment, stored: undefined, replay: undefined });
  const hostReport = readHostReport(environment);
  const floorBytes = readPolicy(environment, false).minFreeDiskBytes;
  const asksAgents = [...(graph?.nodes.values() ?? [])].some(({ type }) => type === "agent");
  const [git, agents, box, requirements] = await Promise.all([
    program("git", environment, "apt-get install git, or your system's own way"),
    Promise.all(
      Object.values(BACKENDS).map((backend) =>
        agentProgram({ backend, environment, hostReport, needed: asksAgents && backend.name === cli }),
      ),
    ),
    hostReport === undefined ? docker(environment) : examineVolumes({ hostReport, floorBytes, environment }),
    required(graph, environment),
  ]);
  const node: Finding = { level: "ok", about: "node", says: process.versions.node };
  const machine = [
    ...(hostReport === undefined ? disks({ graph, environment, floorBytes }) : []),
    clock(),
    memory(),
  ];
  return [...(hostReport?.findings ?? []), ...box, node, git, ...agents.flat(), ...machine, ...requirements];
}

async function program(name: string, environment: Environment, mend: string): Promise<Finding> {
  const file = findCommand(name, environment);
  if (file === undefined) return { level: "warning", about: name, says: "not on PATH", mend };
  return { level: "ok", about: name, says: versionIn(await commandVersion(file, environment)) ?? file };
}

const MIB = 1024 * 1024;

interface DiskRequest extends Pick<Examination, "graph" | "environment"> {
  readonly floorBytes: number;
}

function disks({ graph, environment, floorBytes }: DiskRequest): readonly Finding[] {
  const runs = environment["AGENT_RUNS_DIR"] || path.join(graph?.directory ?? process.cwd(), "runs");
  const places = { "disk of runs": runs, "disk of workspaces": environment["HOME"] || homedir() };
  return Object.entries(places).flatMap(([about, place]) =>
    readFreeDisk([existingParent(path.resolve(place))]).map((disk): Finding => {
      const says = `${Math.floor(disk.freeBytes / MIB)} MB free at ${disk.path}`;
      if (disk.freeBytes >= floorBytes) return { level: "ok", about, says };
      return { level: "error", about, says, mend: `free space, or lower AGENT_MIN_FREE_DISK_MB` };
    }),
  );
}

const existingParent = (place: string): string =>
  existsSync(place) ? place : existingParent(path.dirname(place));

interface AgentRequest {
  readonly backend: Backend;
  readonly environment: Environment;
  readonly hostReport: HostReport | undefined;
  /** The workflow's agents use this CLI. */
  readonly needed: boolean;
}

async function agentProgram(request: AgentRequest): Promise<readonly Finding[]> {
  const { backend, environment, needed } = request;
  const found = await program(backend.name, environment, backend.installCommand);
  if (found.level !== "ok") return [{ ...found, level: needed ? "error" : "warning" }];
  return [found, { about: `${backend.name} login`, ...login(request) }];
}

function login({ backend, environment, hostReport }: AgentRequest): Omit<Finding, "about"> {
  const { name, loginRemedy, loginVariables } = backend;
  const variable = loginVariables.find((variableName) => environment[variableName]);
  if (variable !== undefined) return { level: "ok", says: `by ${variable}` };
  const files = backend.loginFiles(environment);
  const host = hostReport?.logins.find(({ cli }) => cli === name);
  if (hostReport !== undefined && host !== undefined && files[0] !== undefined) {
    const seenFile = path.join(environment["HOME"] || homedir(), ".longhaul/seeded", name);
    const next = hostLogin({ host, file: files[0], seenFile, hostReport });
    if (next !== undefined) return next;
  }
  const file = files.find((one) => collectSecrets({ environment: {}, files: [one] }).length > 0);
  if (file !== undefined) return { level: "ok", says: `in ${file}` };
  // Some CLIs keep their login in the system's key store, which other programs cannot read.
  return { level: "warning", says: "none found", mend: loginRemedy };
}

async function docker(environment: Environment): Promise<readonly Finding[]> {
  const about = "docker";
  const file = findCommand("docker", environment);
  if (file === undefined && existsSync("/.dockerenv"))
    return [{ level: "ok", about, says: "not needed inside the container" }];
  if (file === undefined)
    return [{ level: "warning", about, says: "not on PATH", mend: "install Docker, or use run.sh --local" }];
  const { ok, text } = await commandOutput([file, "version", "--format", "{{.Server.Version}}"], environment);
  if (ok) return [{ level: "ok", about, says: `engine ${text}` }, await volumes(file, environment)];
  return [
    { level: "warning", about, says: "no engine answers", mend: "start Docker, or use run.sh --local" },
  ];
}

async function volumes(docker: string, environment: Environment): Promise<Finding> {
  const prefix = environment["LONGHAUL_VOLUMES"] || "longhaul";
  const { text } = await commandOutput([docker, "volume", "ls", "--format", "{{.Name}}"], environment);
  const names = ["runs", "workspace", "agent-state"].map((name) => `${prefix}-${name}`);
  const there = names.filter((name) => text.split("\n").includes(name));
  const says =
    there.length === 0
      ? `none called ${prefix}-... yet; the first start creates them`
      : `${there.join(", ")}; ./run.sh doctor checks them`;
  return { level: "ok", about: "docker volumes", says };
}

/** Waits and limits depend on the clock. A clock that is behind this program's own files is wrong. */
function clock(): Finding {
  const now = new Date();
  const says = now.toISOString();
  if (now.getTime() >= statSync(process.execPath).mtimeMs) return { level: "ok", about: "clock", says };
  return {
    level: "warning",
    about: "clock",
    says: `${says}, which is in the past`,
    mend: "timedatectl set-ntp true",
  };
}

const LITTLE_MEMORY_BYTES = 2048 * MIB;
const MEMORY_LIMITS = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

function memory(): Finding {
  const limits = MEMORY_LIMITS.filter((file) => existsSync(file)).map((file) =>
    Number(readFileSync(file, "utf8")),
  );
  const bytes = Math.min(totalmem(), ...limits.filter((limit) => limit > 0));
  const says = `${Math.floor(bytes / MIB)} MB`;
  if (bytes >= LITTLE_MEMORY_BYTES) return { level: "ok", about: "memory", says };
  return {
    level: "warning",
    about: "memory",
    says,
    mend: "give the container or the machine 2048 MB or more",
  };
}

async function required(graph: Graph | undefined, environment: Environment): Promise<readonly Finding[]> {
  return Promise.all(
    (graph?.requires ?? []).map(async (requirement): Promise<Finding> => {
      const about = `required: ${requirement.cmd ?? requirement.env ?? ""}`;
      const problem = await requirementProblem(requirement, environment);
      if (problem === undefined) return { level: "ok", about, says: "present" };
      return { level: requirement.optional === true ? "warning" : "error", about, says: problem };
    }),
  );
}
