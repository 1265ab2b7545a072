import { readFileSync } from "node:fs";

/** The one ordered list of layers, from the top down; docs/architecture.md and CONTRIBUTING.md are generated from it too. */
const { layers, libraries } = JSON.parse(readFileSync(new URL("src/layers.json", import.meta.url), "utf8"));

const filesOf = ({ name }) => (name.endsWith(".ts") ? `src/${name}` : `src/${name}/**/*.ts`);
const importsOf = (name) => (name.endsWith(".ts") ? `**/${name}` : `**/${name}/**`);

/** A layer imports only layers that stand below it, and fewer where the list says so. */
function layerPatterns({ name, without = [] }, place) {
  const above = layers.slice(0, place).map((layer) => importsOf(layer.name));
  const excluded = without.map((part) => (part.startsWith("node:") ? part : importsOf(part)));
  const message = `${name} may import only what stands below it (src/layers.json).`;
  return [...above, ...excluded].length === 0 ? [] : [{ group: [...above, ...excluded], message }];
}

/** Each library with side effects is imported by exactly one file. */
function libraryPattern(file) {
  const group = Object.keys(libraries).filter((library) => libraries[library] !== file);
  return { group, message: "Only one file imports this library (src/layers.json)." };
}

const STARTS_OF_PROCESSES = {
  group: ["node:child_process", "child_process"],
  message: "Processes are started through execa, in the one file that src/layers.json names.",
};

const restricted = (patterns) => ({
  "no-restricted-imports": ["error", { patterns: [...patterns, STARTS_OF_PROCESSES] }],
});

const layerOverrides = layers.map((layer, place) => ({
  files: [filesOf(layer)],
  rules: restricted([...layerPatterns(layer, place), libraryPattern(undefined)]),
}));

const libraryOverrides = [...new Set(Object.values(libraries))].map((file) => {
  const place = layers.findIndex(({ name }) => file === name || file.startsWith(`${name}/`));
  return {
    files: [`src/${file}`],
    rules: restricted([...layerPatterns(layers[place], place), libraryPattern(file)]),
  };
});

export default {
  plugins: ["typescript", "import", "unicorn", "promise", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  ignorePatterns: ["tests/clis/node_modules", "tests/bench/peers/node_modules", "dist"],
  rules: {
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unsafe-type-assertion": "off",
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "typescript/consistent-return": "off",
    "no-console": "error",
    "max-lines": ["error", { max: 250, skipBlankLines: false }],
    "max-lines-per-function": ["error", { max: 45, skipBlankLines: true, skipComments: true }],
    "no-await-in-loop": "off",
    "no-shadow": "off",
    "unicorn/no-array-sort": "off",
    "vitest/require-mock-type-parameters": "off",
  },
  overrides: [
    ...layerOverrides,
    ...libraryOverrides,
    {
      files: ["src/cli/terminal.ts", "tests/bench/**", "tests/support/**/*.mjs"],
      rules: { "no-console": "off" },
    },
    {
      files: ["tests/**"],
      rules: {
        "max-lines-per-function": "off",
        "max-lines": "off",
        "vitest/no-restricted-vi-methods": [
          "error",
          {
            mock: "No mocks of our own modules: break the real thing.",
            doMock: "No mocks of our own modules.",
            spyOn: "No spies: look at what happened.",
          },
        ],
      },
    },
    {
      files: ["vitest.config.ts", "tests/support/fault-matrix-reporter.ts"],
      rules: { "import/no-default-export": "off" },
    },
  ],
};
