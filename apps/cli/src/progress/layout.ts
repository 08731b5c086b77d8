import type { RunView, StepView } from "./run-view.ts";

/** A step with the branches that lead to it. */
export interface Placed {
  readonly step: StepView;
  readonly branch: string;
}

/**
 * The steps of a run as a tree, depth first: each stands under the dependency on its deepest level (of several the one that
 * is named last). It depends on the definition only. O(steps + dependencies).
 */
export function layOut(view: RunView): Placed[] {
  const children = childrenOf(view);
  const placed: Placed[] = [];
  const open = below(null, "", children);
  for (let next = open.pop(); next; next = open.pop()) {
    const { step, prefix, isLast } = next;
    placed.push({ step, branch: `${prefix}${isLast ? "└─ " : "├─ "}` });
    for (const child of below(step, `${prefix}${isLast ? "   " : "│  "}`, children)) open.push(child);
  }
  return placed;
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
