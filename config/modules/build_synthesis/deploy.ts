import { randomUUID } from "node:crypto";
import { cp, mkdir, readdir, readlink, rename, rm, stat, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorMessage, StorageError } from "@orch/core";
import { TaskExecutionError } from "@orch/tasks";
import { virtualFileSystem } from "../shared/virtual-file-system.ts";
import { findDamage, MANIFEST, type Manifest, readManifest } from "./manifest.ts";

/** A release that is in place. */
export interface Deployment {
  readonly release: string;
  readonly release_path: string;
  /** The link that points to it. */
  readonly current_path: string;
  /** The release before it, or null. */
  readonly previous: string | null;
  /** False where this release was in place already. */
  readonly changed: boolean;
  readonly files: number;
  readonly bytes: number;
  /** Older releases that were removed. */
  readonly removed: readonly string[];
}

/**
 * Deploys an artifact to a directory: it is copied to `releases/<release>`, checked file by file, and then the link
 * `current` is moved to it at once, so that nobody ever sees half of it. The same artifact again changes nothing. `keep`
 * releases stay, the newest and the one before among them.
 */
export async function deployArtifact(
  artifactPath: string,
  targetPath: string,
  { keep, signal }: { readonly keep: number; readonly signal: AbortSignal },
): Promise<Deployment> {
  const artifact = resolve(artifactPath);
  const target = resolve(targetPath);
  const manifest = await readManifest(artifact);
  await refuseDamaged(artifact, manifest, signal);
  const release = `${manifest.version.replaceAll(/[^\w.-]+/g, "-")}-${manifest.digest.slice(0, 12)}`;
  const release_path = join(target, "releases", release);
  const current_path = join(target, "current");
  try {
    const virtual = await virtualFileSystem(target);
    if (virtual !== null) throw new Error(`it lies in ${virtual}, which takes no files`);
    const previous = await currentRelease(current_path);
    await copyRelease(artifact, release_path, manifest, signal);
    const changed = previous !== release;
    if (changed) await point(current_path, join("releases", release));
    const removed = await removeOld(join(target, "releases"), new Set([release, previous ?? release]), keep);
    return {
      release,
      release_path,
      current_path,
      previous: changed ? previous : null,
      changed,
      files: manifest.files.length,
      bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
      removed,
    };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof TaskExecutionError) throw cause;
    throw new StorageError(`${target} cannot be deployed to: ${errorMessage(cause)}`, {
      details: { path: target },
      suggestions: ["Check that it can be written, and that 'current' in it is a link or not there."],
      cause,
    });
  }
}

async function refuseDamaged(artifact: string, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const damage = await findDamage(artifact, manifest, signal);
  const [first] = damage;
  if (first === undefined) return;
  throw new TaskExecutionError(`The artifact ${artifact} is damaged: ${first.path} ${first.reason}`, {
    retryable: false,
    details: { artifact, damage: damage.slice(0, 20) },
    suggestions: ["Build it again."],
  });
}

/** The release that the link points to, or null. */
async function currentRelease(link: string): Promise<string | null> {
  const to = await readlink(link).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  return to?.split(/[/\\]/).at(-1) ?? null;
}

/** A release that is there and whole stays; else it is copied beside and takes its place when it is whole. */
async function copyRelease(
  artifact: string,
  path: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const isThere = (await stat(join(path, MANIFEST)).catch(() => null)) !== null;
  if (isThere && (await findDamage(path, manifest, signal)).length === 0) return;
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(join(path, ".."), { recursive: true });
    await cp(artifact, temporary, { recursive: true });
    await refuseDamaged(temporary, manifest, signal);
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Makes the link, or moves it: to a new one first, since a link cannot be changed. */
async function point(link: string, to: string): Promise<void> {
  const temporary = `${link}.${randomUUID()}.tmp`;
  try {
    await symlink(to, temporary, "dir");
    await rename(temporary, link);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function removeOld(folder: string, kept: ReadonlySet<string>, keep: number): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => !name.endsWith(".tmp"));
  const dated = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  );
  const others = dated.filter(({ name }) => !kept.has(name)).sort((a, b) => b.at - a.at);
  const old = others.slice(Math.max(0, keep - kept.size)).map(({ name }) => name);
  for (const name of old) await rm(join(folder, name), { recursive: true, force: true });
  return old.sort();
}
