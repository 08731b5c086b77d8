import { memoryStore } from "./memory-store.ts";
import { describeStore } from "./store-suite.ts";

describeStore("memory", () => {
  const store = memoryStore();
  return { store, dispose: () => store.close() };
});
