import { aStep } from "./base.ts";

const WORKFLOWS = "config/workflows/production";

/** Something that must be refused. In its arguments BASE stands for the base directory. */
export interface BadInput {
  /** What is wrong. */
  readonly what: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly code: string;
  /** What the message and its details say. */
  readonly says: readonly RegExp[];
  /** Something to try. */
  readonly tries: RegExp;
  /** Files in the base directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The workflows that are there. */
export const GOOD = {
  "one.json": { steps: [aStep("one", "add")] },
  "typed.json": {
    steps: [aStep("one", "add", { parameters: { a: "{{count}}" } })],
    parameters: {
      count: { type: "integer", required: true },
      words: { type: "array" },
      size: { type: "string", enum: ["small", "large"] },
    },
  },
};

/** An execution that does not exist. */
export const NO_ID = "01a1fe58-1804-7000-8a96-42e193f57062";

type More = Partial<Pick<BadInput, "files" | "env">>;

/** A row: arguments are separated by spaces. */
const refused =
  (exit: number, code: string) =>
  (what: string, args: string, says: readonly RegExp[], tries = /./, more: More = {}): BadInput => {
    return { what, args: args.split(" ").filter((arg) => arg !== ""), exit, code, says, tries, ...more };
  };

const invalid = refused(2, "INVALID_PARAMETERS");
const config = refused(2, "CONFIG_INVALID");
const definition = refused(2, "WORKFLOW_DEFINITION_INVALID");
const unresolved = refused(2, "WORKFLOW_UNRESOLVED_REFERENCE");
const noWorkflow = refused(3, "WORKFLOW_NOT_FOUND");
const noModule = refused(3, "MODULE_NOT_FOUND");
const noAction = refused(3, "ACTION_NOT_FOUND");
const unloadable = refused(1, "MODULE_LOAD_FAILED");
const noExecution = refused(3, "EXECUTION_NOT_FOUND");
const noProject = refused(3, "PROJECT_NOT_FOUND");
const noTemplate = refused(3, "TEMPLATE_NOT_FOUND");
const projectExists = refused(2, "PROJECT_EXISTS");
const storage = refused(4, "STORAGE_ERROR");

/** A definition file of this name. */
const file = (name: string, content: string): More => ({ files: { [`${WORKFLOWS}/${name}`]: content } });
const steps = (name: string, ...list: readonly object[]): More => file(name, JSON.stringify({ steps: list }));

const ARGUMENTS: readonly BadInput[] = [
  invalid("no command", "", [/command is missing/], /--help/),
  invalid("an unknown command", "rnu", [/Unknown command 'rnu'/], /Did you mean run/),
  invalid("an unknown verb", "workflow lst", [/unknown command 'lst'/i], /list/),
  invalid("a noun without a verb", "workflow", [/command is missing/], /--help/),
  invalid("an unknown option", "run one --max-paralel 2", [/option '--max-paralel'/i], /--max-parallel/),
  invalid("a missing argument", "run", [/missing required argument 'workflow'/i], /--help/),
  invalid("one argument too many", "run one two", [/too many arguments/i], /--help/),
  invalid("an option without its value", "run one --timeout", [/--timeout <seconds>.* missing/i], /--help/),
  invalid("an unknown mode", "run one --mode fast", [/'fast' is invalid/, /sequential, parallel/]),
  invalid("no step at once", "run one --max-parallel 0", [/'0' is invalid/, /number of at least 1/]),
  invalid("a time below 0", "run one --timeout -1", [/'-1' is invalid/, /above 0/]),
  invalid("a number that is none", "execution list --limit 1e9x", [/'1e9x' is invalid/]),
  invalid("an unknown status", "execution list --status done", [/'done' is invalid/, /completed/]),
];

const PARAMETERS: readonly BadInput[] = [
  invalid("a parameter without =", "run typed -p count", [/key=value, was 'count'/], /-p \w+=/),
  invalid(
    "an unknown parameter",
    "run typed -p cuont=3",
    [/'typed' has no parameter 'cuont'/],
    /mean 'count'/,
  ),
  invalid("a wrong type", "run typed -p count=many", [/'count' .*integer, was 'many'/], /count=3/),
  invalid(
    "a fraction of a whole number",
    "run typed -p count=1.5",
    [/typed.*count must be .*was 1\.5/],
    /integer/,
  ),
  invalid(
    "a value not in the list",
    "run typed -p count=1 -p size=big",
    [/size .*small.*large.*was "?big/],
    /size/,
  ),
  invalid("a missing parameter", "run typed", [/count is required/], /count \(integer\)/),
  unresolved(
    "a parameter that a step uses and nobody gives",
    "run uses",
    [/\{\{amount\}\} in step 'a'/],
    /-p amount=/,
    steps("uses.json", aStep("a", "add", { parameters: { a: "{{amount}}" } })),
  ),
  invalid(
    "a parameters file that is missing",
    "run typed --params-file p.json",
    [/There is no parameters file p\.json/],
    /--params-file/,
  ),
  invalid(
    "a parameters file with an array",
    "run typed --params-file BASE/p.json",
    [/p\.json .*an array/],
    /object/,
    {
      files: { "p.json": "[1]" },
    },
  ),
  invalid(
    "a parameters file that is no JSON",
    "run typed --params-file BASE/p.json",
    [/p\.json cannot be used/, /line 2 column 1/],
    /JSON object/,
    { files: { "p.json": '{"count": 1,\n}' } },
  ),
  invalid(
    "a directory for parameters",
    "run typed --params-file BASE/config",
    [/config .*EISDIR/],
    /JSON object/,
  ),
];

const broken = '{\n  "steps": [\n    {"name": "a" "module": "acts"}\n  ]\n}';
const cycle = [aStep("a", "add", { dependencies: ["b"] }), aStep("b", "add", { dependencies: ["a"] })];
const typo = [aStep("load", "add"), aStep("b", "add", { dependencies: ["laod"] })];

const DEFINITIONS: readonly BadInput[] = [
  noWorkflow("an unknown workflow", "run onee", [/'onee' not found/], /Did you mean 'one'/),
  noWorkflow("an unknown workflow to look at", "workflow graph typd", [/'typd' not found/], /mean 'typed'/),
  noWorkflow(
    "a file that is missing",
    `run BASE/${WORKFLOWS}/oen.json`,
    [/no file .*oen\.json/],
    /'one\.json'/,
  ),
  invalid("a directory", `run BASE/${WORKFLOWS}`, [/production is a directory/], /one\.json/),
  definition(
    "a file that is not UTF-8",
    "run BASE/latin.json",
    [/latin\.json is not valid: is not text in UTF-8/],
    /validate/,
    {
      files: { "latin.json": Uint8Array.of(0x7b, 0xff, 0x7d) },
    },
  ),
  storage("a file that is a device", "run /dev/null", [/\/dev\/null cannot be read/], /file/),
  definition("an empty file", "run empty", [/empty\.json/], /validate/, file("empty.json", "")),
  definition(
    "broken JSON",
    "run broken",
    [/broken\.json/, /line 3, column \d+/],
    /validate/,
    file("broken.json", broken),
  ),
  definition(
    "broken JSON to check",
    "workflow validate broken",
    [/broken\.json/, /line 3, column \d+/],
    /./,
    file("broken.json", broken),
  ),
  definition(
    "a key twice",
    "run twice",
    [/twice\.json/, /line 3, column 2/, /steps/],
    /validate/,
    file("twice.json", '{"name": "twice",\n "steps": [],\n "steps": []}'),
  ),
  definition(
    "a key twice in YAML",
    "run keys",
    [/keys\.yaml/, /line 3, column 1/, /unique|name/i],
    /validate/,
    file("keys.yaml", "name: keys\nsteps: []\nname: other\n"),
  ),
  definition("no steps", "run none", [/none\.json/, /steps/], /validate/, file("none.json", "{}")),
  definition(
    "a cycle",
    "run round",
    [/round\.json/, /steps\[\d\]\.dependencies/, /cycle/i, /a.*b.*a|b.*a.*b/],
    /validate/,
    steps("round.json", ...cycle),
  ),
  definition(
    "an unknown dependency",
    "run typo",
    [/typo\.json/, /steps\[1\]\.dependencies\[0\]/, /did you mean 'load'/],
    /validate/,
    steps("typo.json", ...typo),
  ),
  invalid(
    "a wrong parameter of an approval",
    "run approval",
    [/Step 'b': human\.approval will fail.*message: is required/],
    /workflow validate approval/,
    steps(
      "approval.json",
      { name: "a", module: "acts", action: "add" },
      { name: "b", module: "human", action: "approval", parameters: { mesage: "ok?" }, dependencies: ["a"] },
    ),
  ),
  noModule(
    "an unknown module",
    "run module",
    [/Step 'a': module 'act' is not known here/, /Did you mean 'acts'/],
    /Put act\.mjs into /,
    steps("module.json", { name: "a", module: "act", action: "add" }),
  ),
  noModule(
    "several unknown modules",
    "run modules",
    [/2 problems/, /Step 'a'.*'act'/, /Step 'b'.*'nope'/],
    /act\.mjs, nope\.mjs/,
    steps(
      "modules.json",
      { name: "a", module: "act", action: "add" },
      { name: "b", module: "nope", action: "add" },
    ),
  ),
  noAction(
    "unknown actions of a module and of a built-in one",
    "run actions",
    [/Step 'a'.*no action 'ad'\. Did you mean 'add'/, /Step 'b'.*no human\.approve, but human\.approval/],
    /^$/,
    steps("actions.json", aStep("a", "ad"), { name: "b", module: "human", action: "approve" }),
  ),
  unloadable(
    "a module with an unknown isolation",
    "run loads",
    [/broken\.mjs: its action 'go' has the unknown isolation 'proces': choose inline, worker, process/],
    /node/,
    {
      files: {
        [`${WORKFLOWS}/loads.json`]: '{"steps": [{"name": "a", "module": "broken", "action": "go"}]}',
        "config/modules/broken.mjs": 'export default { actions: { go: { run() {}, isolation: "proces" } } };',
      },
    },
  ),
];

const SURROUNDINGS: readonly BadInput[] = [
  config(
    "a base directory that is missing",
    "status --base-dir BASE/no",
    [/\/no does not exist/],
    /--base-dir/,
  ),
  config("a wrong variable", "run one", [/ORCH_MAX_WORKERS .*'lots'/], /ORCH_MAX_WORKERS/, {
    env: { ORCH_MAX_WORKERS: "lots" },
  }),
  config(
    "a broken configuration file",
    "run one",
    [/orchestration\.json cannot be used/],
    /Correct the file/,
    {
      files: { "orchestration.json": '{"max_workers": ' },
    },
  ),
  config("a wrong setting", "run one", [/orchestration\.json/, /max_workers/], /Correct the file/, {
    files: { "orchestration.json": '{"max_workers": "many"}' },
  }),
  config(
    "a missing configuration file",
    "run one --config BASE/no.json",
    [/There is no configuration file .*no\.json/],
    /--config/,
  ),
  noExecution("an unknown execution to go on with", `resume ${NO_ID}`, [new RegExp(NO_ID)], /execution list/),
  noExecution("a path for an execution", "execution show ../../etc/passwd", [/'\.\.\/.*' not found/], /list/),
];

const PROJECT = { files: { "projects/whales/.codomyrmex/project.json": '{"name": "whales"}' } };
const PROJECTS: readonly BadInput[] = [
  noProject(
    "an unknown project",
    "project show whals",
    [/"whals" not found/],
    /Did you mean 'whales'/,
    PROJECT,
  ),
  noProject(
    "an unknown project to change",
    "project milestone whals m",
    [/"whals" not found/],
    /'whales'/,
    PROJECT,
  ),
  noProject("no project at all", "project archive whales", [/"whales" not found/], /project create/),
  noTemplate("an unknown template", "template show lap", [/'lap' not found/], /ai_analysis/),
  noTemplate(
    "a project from none",
    "project create x --template ai_analisis",
    [/not found/],
    /'ai_analysis'/,
  ),
  projectExists(
    "a project twice",
    "project create whales",
    [/'whales' already exists/],
    /another name/,
    PROJECT,
  ),
  projectExists(
    "a directory with files",
    "project create x --path BASE/config",
    [/is not empty/],
    /directory/,
  ),
  invalid(
    "a project that leads out",
    "project create ../x",
    [/name must be .*was "\.\.\/x"/],
    /For example: x/,
  ),
  invalid("an unknown type", "project create x --type odd", [/'odd' is invalid/, /research/]),
  invalid("an unknown status of a project", "project update whales --status odd", [/'odd' is invalid/]),
  invalid("a setting without =", "project create x --set a", [/key=value, was 'a'/], /-p \w+=/),
  invalid("nothing to change", "project update whales", [/Nothing is given/], /--status active/, PROJECT),
];

/** All of them. */
export const BAD_INPUTS: readonly BadInput[] = [
  ...ARGUMENTS,
  ...PARAMETERS,
  ...DEFINITIONS,
  ...SURROUNDINGS,
  ...PROJECTS,
];
