import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { commandOutput } from "../process/command-version.ts";
import { readFreeDisk } from "../store/free-disk.ts";
import type { Finding } from "./finding.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const loginSchema = z.object({
  cli: z.string(),
  file: z.string(),
  changed_at: z.number(),
  sha256: z.string(),
});
const volumeSchema = z.object({ name: z.string(), place: z.string() });
const hostReportSchema = z.object({
  findings: z.array(
    z.object({
      level: z.enum(["ok", "warning", "error"]),
      about: z.string(),
      says: z.string(),
      mend: z.string().exactOptional(),
    }),
  ),
  image: z.string(),
  volumes: z.array(volumeSchema),
  logins: z.array(loginSchema),
});

/** What run.sh found on the host. The doctor inside the container cannot check the host itself. */
export type HostReport = z.infer<typeof hostReportSchema>;
type HostLogin = z.infer<typeof loginSchema>;
type Volume = z.infer<typeof volumeSchema>;

/** Reads the report of run.sh; undefined when run.sh did not start this process. Throws for an invalid report. */
export function readHostReport(environment: Environment): HostReport | undefined {
  const text = environment["LONGHAUL_DOCTOR_TOLD"];
  return text === undefined || text === "" ? undefined : hostReportSchema.parse(JSON.parse(text));
}

const MIB = 1024 * 1024;

interface VolumeRequest {
  readonly hostReport: HostReport;
  readonly floorBytes: number;
  readonly environment: Environment;
}

/** Checks for each volume whether this user can write its contents, how large it is and how much is free. Changes nothing. */
export function examineVolumes({
  hostReport,
  floorBytes,
  environment,
}: VolumeRequest): Promise<readonly Finding[]> {
  return Promise.all(
    hostReport.volumes.map(async ({ name, place }): Promise<Finding> => {
      const about = `volume ${name}`;
      const closed = closedPlace(place);
      if (closed !== undefined)
        return { level: "error", about, ...notWritable({ closed, name, place, hostReport }) };
      const freeBytes = readFreeDisk([place])[0]?.freeBytes ?? 0;
      const says = `writable, ${await sizeOf(place, environment)} used, ${Math.floor(freeBytes / MIB)} MB free at ${place}`;
      if (freeBytes >= floorBytes) return { level: "ok", about, says };
      const mend = "free space where Docker keeps its volumes, or lower AGENT_MIN_FREE_DISK_MB";
      return { level: "error", about, says, mend };
    }),
  );
}

/** The volume's directory, or its first entry of another user, if this user cannot write it. */
function closedPlace(place: string): string | undefined {
  if (!isWritable(place)) return place;
  return readdirSync(place)
    .map((name) => join(place, name))
    .find((path) => lstatSync(path, { throwIfNoEntry: false })?.uid !== userInfo().uid && !isWritable(path));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function notWritable({
  closed,
  name,
  place,
  hostReport,
}: Volume & { readonly closed: string; readonly hostReport: HostReport }) {
  const { username, uid, gid } = userInfo();
  return {
    says: `${closed} is not writable for ${username} (uid ${uid})`,
    mend: `docker run --rm --user root -v ${name}:${place} --entrypoint chown ${hostReport.image} -R ${uid}:${gid} ${place}`,
  };
}

async function sizeOf(place: string, environment: Environment): Promise<string> {
  const { text } = await commandOutput(["du", "-sxk", place], environment);
  const kib = /^\d+/m.exec(text)?.[0];
  return kib === undefined ? "more than can be counted in 10 s" : `${Math.ceil(Number(kib) / 1024)} MB`;
}

interface LoginRequest {
  readonly host: HostLogin;
  /** Where the CLI reads its login in the container. */
  readonly file: string;
  /** Stores the checksum of the host's login that was seen last. */
  readonly seenFile: string;
  readonly hostReport: HostReport;
}

/** What the next start does with a login of the host; undefined when it changes nothing. */
export function hostLogin({
  host,
  file,
  seenFile,
  hostReport,
}: LoginRequest): Omit<Finding, "about"> | undefined {
  if (!existsSync(file))
    return { level: "ok", says: `in ${host.file} of this host; the next start copies it into the volume` };
  const seen = existsSync(seenFile) ? readFileSync(seenFile, "utf8") : "";
  if (seen.startsWith(host.sha256) || sha256Of(file) === host.sha256) return undefined;
  if (host.changed_at * 1000 > statSync(file).mtimeMs)
    return {
      level: "ok",
      says: `in ${host.file} of this host, newer than the volume's; the next start copies it`,
    };
  const volume = hostReport.volumes.find(({ place }) => file.startsWith(`${place}/`));
  return {
    level: "warning",
    says: `in ${file}; ${host.file} of this host has changed since it was copied, but is older, so it is not copied`,
    mend:
      `log in on this host again, or remove the volume's: docker run --rm -v ${volume?.name ?? ""}:${volume?.place ?? ""} ` +
      `--entrypoint rm ${hostReport.image} -f ${file}`,
  };
}

const sha256Of = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");
