/**
 * Packs what a real run left on disk into one text file: tests/fixtures/old-runs/README.md has its format. Imports nothing
 * of src, so that it stays a witness of the format as it was.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { crc32, gzipSync } from "node:zlib";

const HEADER = "@@@ ";
/** A journal and its checkpoint are what people look for. */
const longestPlain = (name) => (/\/(journal\.jsonl|checkpoint\.json)$/.test(name) ? 60_000 : 6000);
const SEAL = ',"sum":"00000000"}'.length;
const NO_BOOT = "00000000-0000-4000-8000-000000000000";

/** Copilot's mark of the process that has a session open: by the time of a test the pid may be another one's. */
const OF_A_PROCESS = /^inuse\.\d+\./;

/**
 * The archive of these files and folders below a root, paths relative to it.
 * @throws Error for a file that is no text, or no journal and checkpoint of this format.
 */
export function packRun({ root, checkout, paths }) {
  const plain = plainText({ root, checkout });
  return paths.flatMap((path) => entriesOf(root, path, plain)).join("");
}

function entriesOf(root, path, plain) {
  const file = join(root, path);
  const name = plain(path);
  const stat = lstatSync(file);
  if (stat.isSymbolicLink()) return [`${HEADER}link ${name} -> ${plain(readlinkSync(file))}\n`];
  if (stat.isFile()) return [fileEntry({ file, name, plain, changed: stat.mtime.toISOString() })];
  const names = readdirSync(file).toSorted();
  if (names.length === 0) return [`${HEADER}folder ${name}\n`];
  return names
    .filter((each) => !OF_A_PROCESS.test(each))
    .flatMap((each) => entriesOf(root, join(path, each), plain));
}

function fileEntry({ file, name, plain, changed }) {
  const bytes = readFileSync(file);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) throw new Error(`${file} is no text`);
  const content = contentOf(file, text, plain);
  const head = `${HEADER}file ${name} ${changed}`;
  if (content === "") return `${head} empty\n`;
  if (Buffer.byteLength(content) > longestPlain(name)) return `${head} gzip\n${packed(content)}`;
  if (content.split("\n").some((line) => line.startsWith(HEADER))) throw new Error(`${file} holds a header`);
  return content.endsWith("\n") ? `${head}\n${content}` : `${head} no-line-end\n${content}\n`;
}

const packed = (content) => {
  const base64 = gzipSync(content, { level: 9 }).toString("base64");
  return base64.replaceAll(/.{1,110}/g, "$&\n");
};

function contentOf(file, text, plain) {
  if (basename(file) === "journal.jsonl")
    return text
      .split("\n")
      .map((line) => unsealed(line, plain))
      .join("\n");
  if (basename(file) === "checkpoint.json") return checkpoint(file, text, plain);
  return plain(text);
}

/** A sound line says where its checksum goes; any other stays as it is. */
function unsealed(text, plain) {
  const bytes = Buffer.from(text);
  const body = bytes.subarray(0, Math.max(0, bytes.length - SEAL));
  const seal = `,"sum":"${crc32(body).toString(16).padStart(8, "0")}"}`;
  const isSound = text.endsWith(seal) && body.length > 0;
  return isSound ? `${plain(text.slice(0, -SEAL))},"sum":"@@SUM@@"}` : plain(text);
}

/** Its place in the journal is told in lines: their lengths change with the paths in them. */
function checkpoint(file, text, plain) {
  const { offset, line_sum, journal_crc } = JSON.parse(text);
  const journal = readFileSync(file.replace(/checkpoint\.json$/, "journal.jsonl")).subarray(0, offset);
  const lines = journal.toString("utf8").split("\n").length - 1;
  if (crc32(journal) !== journal_crc) throw new Error(`${file} is not of its journal`);
  const replaced = unsealed(text, plain)
    .replace(`"offset":${offset},`, `"offset":@@LINES ${lines}@@,`)
    .replace(`"line_sum":"${line_sum}",`, `"line_sum":"@@LINE_SUM@@",`)
    .replace(`"journal_crc":${journal_crc},`, `"journal_crc":@@JOURNAL_CRC@@,`);
  if (replaced.split("@@").length - 1 < 8 || !replaced.endsWith('"sum":"@@SUM@@"}'))
    throw new Error(`${file} is another one`);
  return replaced;
}

const asFolder = (path) => path.replaceAll(/[^A-Za-z0-9]/g, "-");

/** Replaces all that names this machine. Claude's folder of a session is named after the directory it worked in. */
function plainText({ root, checkout }) {
  return (text) =>
    text
      .replaceAll(root, "@@ROOT@@")
      .replaceAll(asFolder(root), "@@ROOT_AS_FOLDER@@")
      .replaceAll(checkout, "@@CHECKOUT@@")
      .replaceAll(/("host": ?)"([^"]*)"/g, (whole, key, host) =>
        host === hostname() ? `${key}"@@HOST@@"` : whole,
      )
      .replaceAll(` on ${hostname()} at `, " on @@HOST@@ at ")
      .replaceAll(/("boot_id": ?)"[^"]*"/g, `$1"${NO_BOOT}"`);
}
