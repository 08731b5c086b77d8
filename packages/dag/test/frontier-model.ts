import type { FailurePolicy, NodeState } from "../src/node-state.ts";
import type { TestNode } from "./graphs.ts";

interface Cell {
  readonly node: TestNode;
  state: NodeState;
  policy: FailurePolicy;
}

const ENDED: ReadonlySet<NodeState> = new Set(["completed", "failed", "skipped"]);

/** A frontier that looks at all nodes again after each event. */
export class FrontierModel {
  readonly cells: Cell[];

  constructor(nodes: readonly TestNode[]) {
    this.cells = nodes.map((node) => ({ node, state: "blocked", policy: "skip" }));
    this.#rescan();
  }

  states(): NodeState[] {
    return this.cells.map(({ state }) => state);
  }

  /** Puts a node into a state and says what else changed; null where that is not allowed. */
  apply(event: "start" | "complete" | "fail" | "skip" | "reset", at: number, policy: FailurePolicy) {
    const cell = this.cells[at] as Cell;
    const before = this.states();
    if (event === "reset") {
      const touched = this.#touchedBy(cell);
      if (touched.some((each) => each !== cell && each.state === "running")) return null;
      for (const each of touched) each.state = "blocked";
      this.#rescan();
      return this.#newly(before, at, touched);
    }
    const allowed = {
      start: ["ready"],
      complete: ["ready", "running"],
      fail: ["ready", "running"],
      skip: ["blocked", "ready"],
    }[event];
    if (!allowed.includes(cell.state)) return null;
    cell.state = ({ start: "running", complete: "completed", fail: "failed", skip: "skipped" } as const)[
      event
    ];
    cell.policy = policy;
    this.#rescan();
    return this.#newly(before, at, []);
  }

  #newly(before: readonly NodeState[], at: number, touched: readonly Cell[]) {
    const numbers = [...this.cells.keys()];
    const changedTo = (state: NodeState) =>
      numbers.filter((each) => each !== at && before[each] !== state && this.cells[each]?.state === state);
    return {
      ready: changedTo("ready"),
      skipped: changedTo("skipped"),
      touched: touched.map((cell) => this.cells.indexOf(cell)),
    };
  }

  /** The node, and from ended nodes on the dependents that are not waiting. */
  #touchedBy(cell: Cell): Cell[] {
    const touched = new Set([cell]);
    for (const each of touched) {
      if (!ENDED.has(each.state)) continue;
      for (const other of this.cells) {
        if (other.node.dependencies.includes(each.node.name) && other.state !== "blocked") touched.add(other);
      }
    }
    return [...touched];
  }

  #rescan(): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (const cell of this.cells) {
        if (cell.state !== "blocked" && cell.state !== "ready") continue;
        const state = this.#stateBy(cell);
        if (state === cell.state) continue;
        Object.assign(cell, { state, policy: "skip" });
        changed = true;
      }
    }
  }

  #stateBy({ node }: Cell): NodeState {
    const dependencies = this.cells.filter((cell) => node.dependencies.includes(cell.node.name));
    const isBroken = ({ state, policy }: Cell) =>
      (state === "failed" || state === "skipped") && policy === "skip";
    if (dependencies.some(isBroken)) return "skipped";
    return dependencies.every(({ state }) => ENDED.has(state)) ? "ready" : "blocked";
  }
}
