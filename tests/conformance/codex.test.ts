import { capSuite } from "./cap-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { schemaSuite } from "./schema-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("codex");
schemaSuite("codex");
recoverySuite("codex");
capSuite("codex");
