import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { errorMessage, InvalidParametersError } from "@orch/core";
import { z } from "zod";

/** The file in an artifact that says what is in it. */
export const MANIFEST = "manifest.json";

const fileSchema = z.object({
  /** Below the artifact's `files`, parts joined by `/`. */
  path: z.string().min(1).refine(isBelow, "must not leave the artifact"),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Of the list of files: two artifacts with the same files have the same one. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  files: z.array(fileSchema),
});

/** What an artifact holds: the same files give the same manifest. */
export type Manifest = z.infer<typeof manifestSchema>;
/** One file of an artifact. */
export type ManifestFile = z.infer<typeof fileSchema>;

function isBelow(path: string): boolean {
  return (
    !path.startsWith("/") && !path.split(/[/\\]/).some((part) => part === "" || part === "." || part === "..")
  );
}

/** The manifest of these files. */
export function manifestOf(name: string, version: string, files: readonly ManifestFile[]): Manifest {
  const hash = createHash("sha256");
  for (const { path, sha256 } of files) hash.update(`${sha256}  ${path}\n`);
  return { name, version, digest: hash.digest("hex"), files: [...files] };
}

/** Size and hash of a file, read once. */
export async function measureFile(file: string, path: string, signal: AbortSignal): Promise<ManifestFile> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash, { signal });
  const { size } = await stat(file);
  return { path, bytes: size, sha256: hash.digest("hex") };
}

/** Reads the manifest of an artifact. INVALID_PARAMETERS for a directory that is none. */
export async function readManifest(artifact: string): Promise<Manifest> {
  const file = join(artifact, MANIFEST);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? "it is no manifest" : errorMessage(cause);
    const message = `${artifact} is no artifact: ${file}: ${reason}`;
    throw new InvalidParametersError(message, {
      details: { problems: [{ path: "artifact_path", message }] },
      suggestions: ["Name the artifact_path that build_synthesis.build_project gives."],
      cause,
    });
  }
}

/** Where the files of an artifact differ from its manifest: their paths, and why; none when it is whole. */
export async function findDamage(
  artifact: string,
  { files }: Manifest,
  signal: AbortSignal,
): Promise<{ readonly path: string; readonly reason: string }[]> {
  const damage: { path: string; reason: string }[] = [];
  for (const { path, bytes, sha256 } of files) {
    signal.throwIfAborted();
    const found = await measureFile(join(artifact, "files", path), path, signal).catch(() => null);
    if (found === null) damage.push({ path, reason: "is missing" });
    else if (found.bytes !== bytes || found.sha256 !== sha256) damage.push({ path, reason: "was changed" });
  }
  signal.throwIfAborted();
  return damage;
}
