/** Servers that other engines need, started on loopback in a directory of their own and stopped by the caller. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "./directories.mjs";

/** What it is to have a server: a port to talk to, and an end. Undefined where its program is not installed. */
export async function startRedis() {
  const program = findProgram("redis-server", ["/usr/bin"]);
  if (program === undefined) return undefined;
  const directory = makeDirectory();
  const port = await freePort();
  const settings = [
    "--port",
    port,
    "--bind",
    "127.0.0.1",
    "--dir",
    directory,
    "--save",
    "",
    "--daemonize",
    "no",
  ];
  const durable = ["--appendonly", "yes", "--appendfsync", "always"];
  return startServer({ program, words: [...settings, ...durable].map(String), port, directory });
}

/** PostgreSQL waits for its log to reach the disk at every commit, as it does unless told otherwise. */
export async function startPostgres() {
  const versions = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql") : [];
  const folders = versions.toSorted((left, right) => Number(right) - Number(left));
  const program = findProgram(
    "initdb",
    folders.map((version) => `/usr/lib/postgresql/${version}/bin`),
  );
  if (program === undefined) return undefined;
  const directory = join(makeDirectory(), "data");
  mkdirSync(directory);
  const identity = unprivileged();
  if (identity.uid !== undefined) giveAway(directory, identity);
  const words = [
    "-D",
    directory,
    "-U",
    "bench",
    "--auth",
    "trust",
    "--no-instructions",
    "--encoding",
    "UTF8",
  ];
  execFileSync(program, words, { ...identity, cwd: "/", stdio: "ignore" });
  const port = await freePort();
  const settings = ["-D", directory, "-h", "127.0.0.1", "-p", String(port), "-k", directory];
  const durable = ["-c", "fsync=on", "-c", "synchronous_commit=on"];
  const postgres = join(program, "..", "postgres");
  const server = await startServer({
    program: postgres,
    words: [...settings, ...durable],
    port,
    directory,
    identity,
  });
  return { ...server, url: `postgresql://bench@127.0.0.1:${port}/longhaul` };
}

async function startServer({ program, words, port, directory, identity = {} }) {
  const child = spawn(program, words, { ...identity, cwd: "/", stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("close", resolve));
  process.once("exit", () => child.kill("SIGKILL"));
  for (let waited = 0; !(await answers(port)); waited++) {
    if (waited === 300 || child.exitCode !== null)
      throw new Error(`${program} does not answer on port ${port}`);
    await sleep(100);
  }
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
  };
  return { port, directory, stop };
}

const answers = (port) =>
  new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** In PATH, or where distributions put it. */
function findProgram(name, folders) {
  const searched = [...(process.env.PATH ?? "").split(":"), ...folders];
  return searched.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made, else as nobody. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const user = ["postgres", "nobody"].find((name) => spawnSync("id", ["-u", name]).status === 0);
  const numberOf = (flag) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: numberOf("-u"), gid: numberOf("-g") };
}

/** The directory above is readable by its owner alone. */
function giveAway(directory, { uid, gid }) {
  chownSync(join(directory, ".."), uid, gid);
  chownSync(directory, uid, gid);
}
