import type { RunView } from "./run-view.ts";
import type { StepView } from "./step-view.ts";

/** A step with the branches that lead to it. */
export interface Placed {
  readonly step: StepView;
  /** The run that it is a step of. */
  readonly view: RunView;
  readonly branch: string;
}

/**
 * The steps of a run as a tree, depth first: each stands under the dependency on its deepest level (of several the one that
 * is named last), behind the steps of the workflow that this one runs, if any. O(steps + dependencies).
 */
export function layOut(view: RunView): Placed[] {
  const placed: Placed[] = [];
  place(view, "", placed);
  return placed;
}

/** Within the stack of as many calls as runs stand inside of each other; however long the chains of steps are. */
function place(view: RunView, start: string, placed: Placed[]): void {
  const children = childrenOf(view);
  const open = below(null, start, children);
  for (let next = open.pop(); next; next = open.pop()) {
    const { step, prefix, isLast } = next;
    placed.push({ step, view, branch: `${prefix}${isLast ? "└─ " : "├─ "}` });
    const further = `${prefix}${isLast ? "   " : "│  "}`;
    if (step.inner !== null) place(step.inner, `${further}┊  `, placed);
    placeItems(step, view, `${further}┊  `, placed);
    for (const child of below(step, further, children)) open.push(child);
  }
}

/** Items that run workflows, each with the steps of its own. */
function placeItems({ running }: StepView, view: RunView, start: string, placed: Placed[]): void {
  let left = running.size;
  for (const item of running.values()) {
    const isLast = --left === 0;
    placed.push({ step: item, view, branch: `${start}${isLast ? "└─ " : "├─ "}` });
    if (item.inner !== null) place(item.inner, `${start}${isLast ? "   " : "│  "}┊  `, placed);
  }
}

type Children = ReadonlyMap<StepView | null, readonly StepView[]>;

interface Open {
  readonly step: StepView;
  readonly prefix: string;
  readonly isLast: boolean;
}

/** The steps under one, the first of them last: they are taken from the end. */
const below = (parent: StepView | null, prefix: string, children: Children): Open[] =>
  (children.get(parent) ?? [])
    .map((step, at, all) => ({ step, prefix, isLast: at === all.length - 1 }))
    .reverse();

function childrenOf(view: RunView): Children {
  const children = new Map<StepView | null, StepView[]>();
  for (const step of view.steps) {
    const parent = parentOf(step, view);
    const siblings = children.get(parent);
    if (siblings) siblings.push(step);
    else children.set(parent, [step]);
  }
  return children;
}

function parentOf({ dependencies }: StepView, view: RunView): StepView | null {
  let parent: StepView | null = null;
  for (const name of dependencies) {
    const step = view.step(name);
    if (step && (parent === null || step.level >= parent.level)) parent = step;
  }
  return parent;
}
