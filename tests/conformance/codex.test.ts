import { capSuite } from "./cap-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("codex");
recoverySuite("codex");
capSuite("codex");
