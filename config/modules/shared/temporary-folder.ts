import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one test, gone when its scope ends. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file below the folder; returns its absolute path. */
  write(file: string, content: string | Uint8Array): Promise<string>;
}

/** A new folder with these files. For tests. */
export async function temporaryFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<TemporaryFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "orch-modules-")));
  const write = async (file: string, content: string | Uint8Array): Promise<string> => {
    const full = join(path, file);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, content);
    return full;
  };
  for (const [file, content] of Object.entries(files)) await write(file, content);
  return { path, write, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
