/**
 * The process behind tests/support/controllable-command.ts: reports to the test how it was started and does what the test
 * says. It has no handler of signals unless it is told to outlive them, so it dies of them like any other program.
 */
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [, , socket, ...args] = process.argv;
const test = connect(socket);
const tell = (message) => void test.write(`${JSON.stringify(message)}\n`);

const orders = {
  print: ({ stream, text }, done) => process[stream].write(text, done),
  outlive: ({ signals }, done) => {
    for (const signal of signals) process.on(signal, () => tell({ signal }));
    done();
  },
  exit: ({ code }) => process.exit(code),
  die: ({ signal }) => process.kill(process.pid, signal),
};

tell({ started: { pid: process.pid, args, cwd: process.cwd(), env: process.env } });
createInterface({ input: test }).on("line", (line) => {
  const { order, ...details } = JSON.parse(line);
  orders[order](details, () => tell({ done: order }));
});
test.on("close", () => process.exit(1)); // the test is over
test.on("error", () => process.exit(1));

let stdin = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (text) => (stdin += text));
process.stdin.on("end", () => tell({ stdin }));
