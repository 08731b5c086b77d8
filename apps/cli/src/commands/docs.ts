import { statSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import { fromIso, InvalidParametersError, StorageError } from "@orch/core";
import { cleanText } from "@orch/core/base";
import {
  type DocumentationGenerator,
  DocumentKind,
  type OrchestrationEngine,
  type PageOutcome,
  type ProjectInfoInit,
} from "@orch/engine";
import { commandText } from "../command-text.ts";
import { count } from "../count.ts";
import { EXIT } from "../exit-code.ts";
import { openEngine } from "../open-engine.ts";
import type { GlobalOptions } from "../options.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";

/** What `orch docs generate` and `check` take. */
export interface DocsOptions extends GlobalOptions {
  readonly project?: string;
  readonly name?: string;
  readonly type?: string;
  readonly description?: string;
  readonly author?: string;
  readonly release?: string;
  /** ISO-8601. */
  readonly created?: string;
  readonly template?: string;
  readonly document?: readonly string[];
  readonly dir?: readonly string[];
  readonly allDirs?: boolean;
}

/** What is documented. */
interface Subject {
  readonly path: string;
  readonly info: ProjectInfoInit;
}

/** What is done with documents: what each comes to is called, and which of it is a failure. */
interface Deed {
  readonly words: Readonly<Record<PageOutcome["outcome"], string>>;
  readonly failure: PageOutcome["outcome"];
  of(generator: DocumentationGenerator, path: string, info: ProjectInfoInit): readonly PageOutcome[];
}

const GENERATE: Deed = {
  words: { written: "written", unchanged: "unchanged", kept: "not written" },
  failure: "kept",
  of: (generator, path, info) => generator.generateDocuments(path, info),
};

const CHECK: Deed = {
  words: { written: "would change", unchanged: "is up to date", kept: "is left alone" },
  failure: "written",
  of: (generator, path, info) => generator.checkDocuments(path, info),
};

const documented =
  ({ words, failure, of }: Deed) =>
  async (directory: string | undefined, options: DocsOptions, terminal: Terminal): Promise<number> => {
    await using engine = openEngine(options, () => {});
    const { path, info } = subjectOf(directory, options, engine);
    const outcomes = of(engine.documentationGenerator, path, info);
    const failed = outcomes.some(({ outcome }) => outcome === failure);
    return show({ outcomes, words, path, failed }, options, terminal);
  };

/** Writes documents of a directory or a project. Ends with 1 when one of them could not be written, or is somebody's own. */
export const generateDocs = documented(GENERATE);

/** Says which documents would change, and writes nothing. Ends with 1 if any would. */
export const checkDocs = documented(CHECK);

interface Shown {
  readonly outcomes: readonly PageOutcome[];
  readonly words: Deed["words"];
  readonly path: string;
  readonly failed: boolean;
}

function show(
  { outcomes, words, path, failed }: Shown,
  { json, quiet }: DocsOptions,
  terminal: Terminal,
): number {
  const exitCode = failed ? EXIT.failed : EXIT.success;
  if (json) {
    const documents = outcomes.map((each) => ({ ...each, outcome: words[each.outcome] }));
    terminal.out(JSON.stringify({ type: "result", success: !failed, directory: path, documents }));
    return exitCode;
  }
  for (const each of outcomes) {
    const name = cleanText(relative(path, each.path));
    const why = each.outcome === "kept" ? `: ${cleanText(each.reason)}` : "";
    if (each.outcome !== "unchanged" || !quiet) terminal.out(`  ${name} ${words[each.outcome]}${why}`);
  }
  const changed = outcomes.filter(({ outcome }) => outcome === "written").length;
  const sign = failed ? paint.bad("✖") : paint.good("✔");
  terminal.err(`${sign} ${count(outcomes.length, "document")}, ${changed} ${words.written}`);
  return exitCode;
}

function subjectOf(
  directory: string | undefined,
  options: DocsOptions,
  engine: OrchestrationEngine,
): Subject {
  const { project: name } = options;
  const documents = kindsOf(options.document);
  if (name === undefined) {
    const path = resolve(directory ?? ".");
    const project = projectIn(path, options, engine);
    return project === null
      ? ofDirectory(path, options, documents, engine)
      : { path, info: { ...engine.projectManager.documentFacts(project), ...documents } };
  }
  if (directory !== undefined)
    throw new InvalidParametersError("Name a directory or a project with --project, not both");
  const { path } = engine.projectManager.findProject(name);
  return { path, info: { ...engine.projectManager.documentFacts(name), ...documents } };
}

/** The project whose directory this is, unless the options say what it is; null for none. */
function projectIn(path: string, given: DocsOptions, { projectManager }: OrchestrationEngine): string | null {
  const { name, type, description, author, release, created, template, dir, allDirs } = given;
  const facts = [name, type, description, author, release, created, template, dir, allDirs];
  if (facts.some((each) => each !== undefined)) return null;
  return projectManager.listProjects().find((each) => projectManager.findProject(each).path === path) ?? null;
}

function ofDirectory(
  path: string,
  options: DocsOptions,
  documents: Pick<ProjectInfoInit, "documents">,
  engine: OrchestrationEngine,
): Subject {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true)
    throw new StorageError(`There is no directory ${path}`, {
      retryable: false,
      details: { path },
      suggestions: [`Name one that is there: ${commandText("docs generate <directory>")}`],
    });
  const { name, type, description, author, release, created, template, dir = [], allDirs } = options;
  const inside = allDirs
    ? engine.documentationGenerator.scanDirectory(path, { maxDepth: 1 }).directories.map((each) => each.name)
    : [];
  const given = Object.entries({ description, author, version: release, template });
  return {
    path,
    info: {
      projectName: name ?? basename(path),
      projectType: type ?? "custom",
      createdAt: created === undefined ? found.birthtime : createdAt(created),
      nestedDirs: [...new Set([...dir, ...inside.filter((each) => !each.startsWith("."))])],
      ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      ...documents,
    },
  };
}

function createdAt(text: string): string {
  if (fromIso(text) !== null) return text;
  throw new InvalidParametersError(`--created takes a date in ISO-8601, was '${text}'`, {
    details: { value: text },
    suggestions: ["For example: --created 2026-01-31"],
  });
}

const KINDS: readonly string[] = Object.values(DocumentKind);

function kindsOf(given: readonly string[] | undefined): Pick<ProjectInfoInit, "documents"> {
  if (given === undefined) return {};
  const unknown = given.find((kind) => !KINDS.includes(kind));
  if (unknown === undefined) return { documents: given as DocumentKind[] };
  throw new InvalidParametersError(`There is no document '${unknown}'`, {
    details: { value: unknown },
    suggestions: [`Those there are: ${KINDS.join(", ")}.`],
  });
}
