import type { Activity } from "../process/activity-clock.ts";

/** Collects what the clocks need while a stream is read line by line. */
export interface Tracker {
  modelEvent(): void;
  final(): void;
  toolOpened(id: string): void;
  toolClosed(id: string): void;
  readonly sawModelEvent: boolean;
  readonly sawFinalEvent: boolean;
  /** The turn's activity in the lines since the last call. */
  activity(): Activity;
}

export function createTracker(): Tracker {
  const openTools = new Set<string>();
  let modelEventInLine = false;
  let sawModelEvent = false;
  let sawFinalEvent = false;
  const modelEvent = () => {
    modelEventInLine = true;
    sawModelEvent = true;
  };
  return {
    modelEvent,
    final: () => {
      sawFinalEvent = true;
    },
    toolOpened: (id) => {
      modelEvent();
      openTools.add(id);
    },
    toolClosed: (id) => {
      modelEvent();
      openTools.delete(id);
    },
    get sawModelEvent() {
      return sawModelEvent;
    },
    get sawFinalEvent() {
      return sawFinalEvent;
    },
    activity: () => {
      const activity = { model: modelEventInLine, final: sawFinalEvent, openTools: openTools.size };
      modelEventInLine = false;
      return activity;
    },
  };
}
