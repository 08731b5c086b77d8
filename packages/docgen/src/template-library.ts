import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { errorMessage, StorageError } from "@orch/core";
import { BUILT_IN } from "./built-in-templates.ts";
import type { DocumentKind } from "./document-kind.ts";

/** A larger file is no template: 1 MiB. */
const MAX_BYTES = 1024 * 1024;

/** Templates of documents: the user's own, and the built-in ones where he has none. */
export class TemplateLibrary {
  readonly #directory: string | null;

  /** `directory` holds the user's; null: there are none. */
  constructor(directory: string | null) {
    this.#directory = directory;
  }

  /**
   * The template of a document: `<name>_README.template.md`, else `README.template.md`, else the built-in one; in
   * directories `README.nested.template.md`. Throws STORAGE_ERROR for one that is there and cannot be read.
   */
  find(
    kind: DocumentKind,
    { name, isNested }: { readonly name: string | null; readonly isNested: boolean },
  ): string {
    const file = `${kind}${isNested ? ".nested" : ""}.template.md`;
    const named = name === null ? null : this.#read(`${name}_${file}`);
    return named ?? this.#read(file) ?? BUILT_IN[kind][isNested ? "nested" : "root"];
  }

  #read(file: string): string | null {
    if (this.#directory === null) return null;
    const path = join(this.#directory, file);
    try {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found === undefined) return null;
      if (!found.isFile()) throw new Error("it is no file");
      if (found.size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
    } catch (cause) {
      throw new StorageError(`The template ${path} cannot be read: ${errorMessage(cause)}`, {
        details: { path },
        suggestions: ["Correct it, or move it away to use the built-in one."],
        retryable: false,
        cause,
      });
    }
  }
}
