import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { gitStatus } from "./status.ts";

const count = z.int().min(0);
const files = z.array(z.string());

/** Looks at git repositories. Changes nothing. */
export default defineModule({
  name: "git_operations",
  actions: {
    status: action({
      description: "Branch, commit and changed files of the repository that a directory is in.",
      input: z.object({ path: z.string().min(1).default(".").describe("A directory in the repository") }),
      output: z.object({
        is_repository: z.boolean(),
        branch: z.string().nullable(),
        commit: z.string().nullable(),
        upstream: z.string().nullable(),
        ahead: count,
        behind: count,
        staged: files,
        modified: files,
        untracked: files,
        conflicted: files,
        clean: z.boolean(),
      }),
      async run({ path }, { signal }) {
        const { staged, modified, untracked, conflicted, ...rest } = await gitStatus(path, signal);
        return {
          ...rest,
          staged: [...staged],
          modified: [...modified],
          untracked: [...untracked],
          conflicted: [...conflicted],
        };
      },
    }),
  },
});
