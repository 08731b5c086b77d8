import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { memoryStore, StorageError, type Store } from "@orch/core";
import {
  DocumentationGenerator,
  type PageOutcome,
  type ProjectInfo,
  type ProjectInfoInit,
} from "@orch/docgen";
import { describe, expect, it } from "vitest";
import { managers, readFileOf, sandbox, treeOf } from "./sandbox.ts";

const folder = sandbox();
const open = managers();

/** Calls `work` when the documents of a project have been written: everything else is there by then. */
class Interrupted extends DocumentationGenerator {
  readonly #work: () => void;
  constructor(work: () => void) {
    super();
    this.#work = work;
  }
  override generateDocuments(path: string, info: ProjectInfo | ProjectInfoInit): readonly PageOutcome[] {
    const outcomes = super.generateDocuments(path, info);
    this.#work();
    return outcomes;
  }
}

/** A store whose transactions do their work and then fail, as on a disk that is full. */
function failingStore(): Store {
  const store = memoryStore();
  const full = () => {
    throw new StorageError("The disk is full");
  };
  return {
    ...{ get: store.get.bind(store), list: store.list.bind(store), close: () => store.close() },
    foreignVersion: () => store.foreignVersion(),
    transact: (work) =>
      store.transact((tx) => {
        work(tx);
        return full();
      }),
  };
}

describe("createProject that fails on the way", () => {
  const PLACES = [
    { where: "its place in the directory of projects", path: undefined, before: [] },
    { where: "a new directory deep below", path: "some/where/new", before: [] },
    { where: "an empty directory that was there", path: "there", before: ["there/"] },
  ];

  describe.each(PLACES)("in $where", ({ path, before }) => {
    const make = () => {
      const base = folder();
      for (const directory of before) mkdirSync(join(base, directory));
      return base;
    };

    it("removes what it has made when the documents cannot be written", () => {
      const base = make();
      const documentationGenerator = new Interrupted(() => {
        throw new Error("no paper");
      });
      const { manager, events } = open(base, { documentationGenerator });
      expect(() => manager.createProject("p", { path })).toThrow(
        expect.objectContaining({ code: "STORAGE_ERROR", message: expect.stringContaining("no paper") }),
      );
      expect(treeOf(base)).toEqual(before);
      expect(events).toEqual([]);
      expect(manager.listProjects()).toEqual([]);
    });

    it("removes what it has made when the store refuses", () => {
      const base = make();
      const { manager } = open(base, { store: failingStore() });
      expect(() => manager.createProject("p", { path })).toThrow(
        expect.objectContaining({ code: "STORAGE_ERROR" }),
      );
      expect(treeOf(base)).toEqual(before);
    });

    it("leaves what somebody else has put there meanwhile", () => {
      const base = make();
      const place = join(base, path ?? "projects/p");
      const documentationGenerator = new Interrupted(() => {
        mkdirSync(place, { recursive: true });
        writeFileSync(join(place, "theirs.txt"), "theirs");
      });
      const { manager } = open(base, { documentationGenerator });
      expect(() => manager.createProject("p", { path })).toThrow(
        expect.objectContaining({ code: "PROJECT_EXISTS" }),
      );
      expect(treeOf(place)).toEqual(["theirs.txt"]);
      expect(treeOf(base).filter((each) => each.includes(".orch"))).toEqual([]);
    });
  });

  it("says which document cannot be made, and why", () => {
    const base = folder();
    mkdirSync(join(base, "config", "doc_templates", "README.template.md"), { recursive: true });
    const { manager } = open(base);
    const before = treeOf(base);
    expect(() => manager.createProject("p")).toThrow(
      expect.objectContaining({
        code: "PROJECT_ERROR",
        message: expect.stringMatching(
          /^The documents of project 'p' cannot be made: README\.md: .*it is no file/,
        ),
        suggestions: [expect.stringContaining("templates of documents")],
      }),
    );
    expect(treeOf(base)).toEqual(before);
  });
});

describe("a change that fails", () => {
  it("leaves the file as it was, and tells nobody", async () => {
    const base = folder();
    const { path } = open(base).manager.createProject("p");
    const { manager, events } = open(base, { store: failingStore() });
    const before = readFileOf(path);
    expect(() => manager.deleteProject("p", true)).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
    expect(() => manager.deleteProject("p")).toThrow(expect.objectContaining({ code: "STORAGE_ERROR" }));
    expect(() => manager.addProjectMilestone("p", "m")).toThrow(
      expect.objectContaining({ code: "STORAGE_ERROR" }),
    );
    await expect(manager.archiveProject("p", "out.tar.gz")).rejects.toMatchObject({ code: "STORAGE_ERROR" });
    expect(readFileOf(path)).toEqual(before);
    expect(treeOf(base)).not.toContain("out.tar.gz");
    expect(events).toEqual([]);
  });
});
