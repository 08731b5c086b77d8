import { action, defineModule } from "@orch/tasks";
import { z } from "zod";
import { projectFolder } from "../shared/project-folder.ts";
import { packArtifact, runBuildScript } from "./build.ts";
import { deployArtifact } from "./deploy.ts";

const count = z.int().min(0);

/** Builds projects to artifacts, and deploys artifacts to directories of this machine. */
export default defineModule({
  name: "build_synthesis",
  actions: {
    build_project: action({
      description:
        "Runs the build script of a project, if it has one, and packs its files with a manifest of their hashes.",
      input: z.object({
        path: z.string().min(1).default(".").describe("Directory of the project"),
        output_path: z
          .string()
          .min(1)
          .default("./output")
          .describe("Directory that the artifact is put into"),
      }),
      output: z.object({
        name: z.string(),
        version: z.string(),
        /** Absolute path of the artifact's directory. */
        artifact_path: z.string(),
        /** The same files give the same digest. */
        digest: z.string(),
        files: count,
        bytes: count,
        /** Whether the project has a build script, which was run. */
        script: z.boolean(),
        duration_seconds: z.number().min(0),
      }),
      async run({ path, output_path }, { signal, logger, progress }) {
        const project = await projectFolder(path, "path");
        const built = await runBuildScript(project, signal);
        progress(0.5, built ? "built" : "no build script");
        const isBuilt = built !== null;
        const { artifact, manifest } = await packArtifact(project, output_path, { isBuilt, signal });
        logger.info("artifact packed", { artifact, files: manifest.files.length });
        return {
          name: manifest.name,
          version: manifest.version,
          artifact_path: artifact,
          digest: manifest.digest,
          files: manifest.files.length,
          bytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
          script: isBuilt,
          duration_seconds: built?.durationSeconds ?? 0,
        };
      },
    }),
    deploy_artifact: action({
      description:
        "Copies an artifact to a directory as a release, checks every file, and moves the link 'current' to it at once.",
      input: z.object({
        artifact_path: z.string().min(1).describe("The artifact_path that build_project gives"),
        target_path: z.string().min(1).describe("Directory to deploy to; created where needed"),
        keep: z.int().min(1).max(100).default(3).describe("Releases that stay, the new one among them"),
      }),
      output: z.object({
        release: z.string(),
        release_path: z.string(),
        current_path: z.string(),
        previous: z.string().nullable(),
        changed: z.boolean(),
        files: count,
        bytes: count,
        removed: z.array(z.string()),
      }),
      async run({ artifact_path, target_path, keep }, { signal, logger }) {
        const deployed = await deployArtifact(artifact_path, target_path, { keep, signal });
        logger.info(deployed.changed ? "deployed" : "in place already", { release: deployed.release });
        return { ...deployed, removed: [...deployed.removed] };
      },
    }),
  },
});
