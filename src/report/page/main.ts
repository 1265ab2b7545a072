import type { ReportData } from "../report-data.ts";
import { byId } from "./dom.ts";
import { showNodes } from "./nodes.ts";
import { showSteps } from "./steps.ts";
import { showNoteworthy, showSummary } from "./summary.ts";
import { showTimeline } from "./timeline.ts";

/** The program of a report's page. It reads only the data inside the page. */
const data: ReportData = JSON.parse(byId("data").textContent);
showSummary(data);
const { open } = showSteps(data);
showNoteworthy(data.steps, open);
showTimeline(data, open);
showNodes(data);
