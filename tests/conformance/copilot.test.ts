import { capSuite } from "./cap-suite.ts";
import { recoverySuite } from "./recovery-suite.ts";
import { turnSuite } from "./turn-suite.ts";

turnSuite("copilot");
recoverySuite("copilot");
capSuite("copilot");
