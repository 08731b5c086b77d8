export { collectEvents } from "./collect-events.ts";
export { ManualClock } from "./manual-clock.ts";
export { describeStore, type StoreFixture } from "./store-suite.ts";
