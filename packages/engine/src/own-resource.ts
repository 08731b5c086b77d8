import {
  type Amounts,
  type DemandPart,
  familyOf,
  isRate,
  OWN_NAME,
  type PoolSnapshot,
  type ResourceType,
} from "@orch/resources";

/** What a session holds of a resource, for its own work. */
export interface OwnResource {
  /** The resource that it is a share of. */
  readonly id: string;
  readonly type: ResourceType;
  /** How much of it there is in all, the primary dimension first. */
  readonly whole: Amounts;
  /** What the session holds, in the same order. */
  readonly held: Amounts;
  /** The resource of which its work takes parts of that share. */
  readonly pool: string;
}

/**
 * The share of a session in a resource; none where it holds nothing that can be held again: what of a rate was taken is spent.
 */
export function ownResource(
  sessionId: string,
  { id, type, dimensions }: PoolSnapshot,
  share: Amounts,
): OwnResource[] {
  const held = dimensions.flatMap(({ name }) => {
    const amount = isRate(name) ? 0 : (share[name] ?? 0);
    return amount > 0 ? [[name, amount] as const] : [];
  });
  if (held.length === 0) return [];
  const whole = Object.fromEntries(dimensions.map(({ name, usable }) => [name, usable]));
  return [
    { id, type, whole, held: Object.fromEntries(held), pool: `${OWN_NAME}session_own:${sessionId}:${id}` },
  ];
}

/**
 * What a line of a demand asks for in a session that holds something: from the session's share what that has, and only the
 * rest, if any, from the resource itself. The line as it is where the session has nothing that it asks for, and for an
 * exclusive lock, which keeps out everybody who holds an amount.
 */
export function servedBy(own: readonly OwnResource[], part: DemandPart): DemandPart[] {
  const { resource, type, amounts, mode } = part;
  if (amounts === undefined || mode === "exclusive") return [part];
  const mine = own.filter((each) =>
    resource === undefined
      ? type !== undefined && familyOf(type) === familyOf(each.type)
      : resource === each.id,
  );
  const all = mine.map((each) => ({ each, rest: restOf(each, wantedOf(each, amounts)) }));
  const found =
    all.find(({ rest }) => rest !== null && isNone(rest)) ?? all.find(({ rest }) => rest !== null);
  if (found?.rest == null) return [part];
  const { each, rest } = found;
  const wanted = wantedOf(each, amounts);
  const taken = above0(wanted, (name, amount) => Math.min(amount, each.held[name] ?? 0));
  return [
    ...(isNone(taken) ? [] : [{ resource: each.pool, amounts: taken }]),
    ...(isNone(rest) ? [] : [{ resource: each.id, amounts: rest }]),
    ...(mode === undefined ? [] : [{ resource: each.id, mode }]),
  ];
}

/** A number means the primary dimension. */
function wantedOf({ whole }: OwnResource, amounts: number | Amounts): Amounts {
  return typeof amounts === "number" ? { [Object.keys(whole)[0] ?? ""]: amounts } : amounts;
}

/** What the share leaves to be taken of the resource itself; null where even all of that would not do. */
function restOf({ whole, held }: OwnResource, wanted: Amounts): Amounts | null {
  const isEnough = Object.entries(wanted).every(([name, amount]) => amount <= (whole[name] ?? 0));
  return isEnough ? above0(wanted, (name, amount) => amount - (held[name] ?? 0)) : null;
}

const above0 = (amounts: Amounts, of: (name: string, amount: number) => number): Amounts =>
  Object.fromEntries(
    Object.entries(amounts)
      .map(([name, amount]) => [name, of(name, amount)] as const)
      .filter(([, amount]) => amount > 0),
  );

const isNone = (amounts: Amounts): boolean => Object.keys(amounts).length === 0;
