import type { DemandClass } from "./demand-class.ts";

/** The classes that wait for a release, by the resources that they wait for. */
export class ParkingLot {
  readonly #byResource = new Map<string, Set<DemandClass>>();
  readonly #all = new Set<DemandClass>();

  /** A class waits until one of `resources` is released. O(resources). */
  add(parked: DemandClass, resources: readonly string[]): void {
    parked.parkedOn = resources;
    this.#all.add(parked);
    for (const name of resources) {
      const others = this.#byResource.get(name);
      if (others) others.add(parked);
      else this.#byResource.set(name, new Set([parked]));
    }
  }

  /** Takes out and returns those that wait for one of `resources`; without an argument all. O(what is taken out). */
  remove(resources?: readonly string[]): DemandClass[] {
    const found =
      resources === undefined
        ? [...this.#all]
        : [...new Set(resources.flatMap((name) => [...(this.#byResource.get(name) ?? [])]))];
    for (const each of found) {
      for (const name of each.parkedOn ?? []) this.#leave(name, each);
      each.parkedOn = null;
      this.#all.delete(each);
    }
    return found;
  }

  #leave(name: string, parked: DemandClass): void {
    const others = this.#byResource.get(name);
    others?.delete(parked);
    if (others?.size === 0) this.#byResource.delete(name);
  }
}
