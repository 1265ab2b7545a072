import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync, statfsSync, symlinkSync } from "node:fs";
import { onTestFinished } from "vitest";
import { crashScene } from "./crash-run.ts";
import type { Scene } from "./longhaul.ts";

/** The capacity of a file system: `size=40k` is ten pages of memory, `nr_inodes=30` thirty files and directories. */
export type DiskSize = `size=${number}k` | `nr_inodes=${number}`;

/** A scene with the crash workflow, whose runs and workspaces are on a separate file system. */
export interface SmallDisk extends Scene {
  /** Makes it larger than this workflow's runs need. */
  grow(): void;
  used(): { readonly sizeKib: number; readonly inodes: number };
}

export const PAGE_KIB = 4;
const LARGE = "size=16m,nr_inodes=10000";

/** Rejects where this process may not mount, because there is no other way to get a really full disk. */
export function smallDisk(size: DiskSize): SmallDisk {
  const scene = crashScene();
  const disk = scene.path("disk");
  mkdirSync(disk);
  mount(["-t", "tmpfs", "-o", LARGE, "longhaul-test", disk]);
  const unmount = () => void spawnSync("umount", ["--lazy", disk]);
  onTestFinished(unmount);
  rmdirSync(scene.home);
  for (const [path, name] of [
    [scene.home, "home"],
    [scene.runs, "runs"],
  ] as const) {
    mkdirSync(scene.path("disk", name));
    symlinkSync(scene.path("disk", name), path);
  }
  mount(["-o", `remount,${size}`, disk]);
  return {
    ...scene,
    grow: () => mount(["-o", `remount,${LARGE}`, disk]),
    used: () => {
      const { bsize, blocks, bfree, files, ffree } = statfsSync(disk);
      return { sizeKib: ((blocks - bfree) * bsize) / 1024, inodes: files - ffree };
    },
    remove: () => {
      unmount();
      scene.remove();
    },
  };
}

function mount(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("mount", args, { encoding: "utf8" });
  if (status === 0) return;
  const said = error?.message ?? stderr.trim();
  throw new Error(
    `This test fills a real file system and may not mount one (mount ${args.join(" ")}: ${said}). Run it as root, in a container with the capability SYS_ADMIN.`,
  );
}
