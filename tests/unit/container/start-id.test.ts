import { expect, test } from "vitest";
import { startIdOf } from "../../../src/container/start-id.ts";

const ID = "0123456789abcdef".repeat(4);
const MOUNTS = `912 901 0:5 / /dev rw - tmpfs tmpfs rw
930 901 254:1 /var/lib/docker/containers/${ID}/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda1 rw
`;

test.each([
  { what: "what run.sh minted", environment: { LONGHAUL_START_ID: "minted" }, mounts: MOUNTS, id: "minted" },
  { what: "the container's id", environment: {}, mounts: MOUNTS, id: ID },
  { what: "the container's id", environment: { LONGHAUL_START_ID: "" }, mounts: MOUNTS, id: ID },
  { what: "the host name", environment: {}, mounts: "", id: "box" },
])("a start is known by $what", ({ environment, mounts, id }) => {
  expect(startIdOf({ environment, mounts, hostName: "box" })).toBe(id);
});
