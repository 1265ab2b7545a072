import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { pageHtml } from "../../../src/report/page.ts";

const page = pageHtml({
  title: "</title><script>alert(1)</script>",
  graph: "<svg></svg>",
  dataJson: "{}",
  script: 'const text = "</script>";',
});

const hash = (text: string | undefined) =>
  `'sha256-${createHash("sha256")
    .update(text ?? "")
    .digest("base64")}'`;

test("the page's policy allows its own style and program by hash, and nothing else", () => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  const style = /<style>(.*?)<\/style>/s.exec(page)?.[1];
  const program = /<script>(.*?)<\/script>/s.exec(page)?.[1];
  expect(policy).toBe(
    `default-src 'none'; script-src ${hash(program)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'`,
  );
});

test("the page names nothing outside itself, and its title is text", () => {
  expect(page).not.toMatch(/(?:src|href)=/);
  expect(page.match(/<script/g)?.length).toBe(2);
});
