/** The files of a base directory to begin with, by their paths in it: a module, a workflow that calls it, settings. */
export const STARTER_BASE: ReadonlyMap<string, string> = new Map([
  [
    "config/modules/hello.mjs",
    `// A module: a named group of actions. A step calls one as module "hello", action "greet".
// Typed, with checked inputs and outputs: defineModule and action of @orch/tasks, with zod.
export default {
  name: "hello",
  actions: {
    greet: {
      description: "Greets somebody",
      // Gets its parameters, and a context: signal, logger, progress(fraction, text), attempt, results so far …
      run({ who = "world" }, { progress, logger }) {
        progress(0.5, \`looking for \${who}\`);
        // Kept with the run: orch logs <execution>
        logger.info("found", { who });
        return { text: \`Hello \${who}!\` };
      },
    },
    count: {
      description: "Counts the letters of a text",
      run: ({ text = "" }) => ({ letters: (text.match(/\\p{Letter}/gu) ?? []).length }),
    },
  },
};
`,
  ],
  [
    "config/workflows/production/hello.yaml",
    `# A workflow: steps that depend on each other.
name: hello
description: Greets somebody, and counts the letters of that

parameters:
  who:
    type: string
    default: world
    description: Who is greeted

steps:
  - name: greet
    module: hello
    action: greet
    parameters:
      who: "{{who}}"

  # It waits for greet, because it refers to its output.
  - name: count
    module: hello
    action: count
    parameters:
      text: "{{greet.output.text}}"

outputs:
  greeting: "{{greet.output.text}}"
  letters: "{{count.output.letters}}"
`,
  ],
  [
    "orchestration.json",
    `{
  "//": "Settings; each has the default that stands here. A key that begins with // is a comment.",

  "// max_workers": "Actions that run at once.",
  "max_workers": 4,

  "// folders": "Relative to this file's base directory.",
  "workflows_dir": "./config/workflows/production",
  "modules_dir": "./config/modules",
  "projects_dir": "./projects",
  "templates_dir": "./config/templates",

  "// session_timeout": "Seconds after which a session is closed in which nothing is run.",
  "session_timeout": 3600,

  "// retention": "How long, and how many at most, are kept of what has ended; null is no limit.",
  "retention": { "max_age_days": 30, "max_count": 10000 }
}
`,
  ],
]);
