export { collectEvents } from "./collect-events.ts";
export { ManualClock } from "./manual-clock.ts";
export { seededRandom } from "./seeded-random.ts";
export { describeStore, type StoreFixture } from "./store-suite.ts";
