import { type Command, Option } from "commander";
import type { Act } from "./program.ts";
import { many, positiveNumber } from "./run-arguments.ts";

const TYPES = [
  ...["cpu", "compute", "memory", "gpu", "disk", "storage", "network", "file", "file_handle", "database"],
  ...["external_api", "api_quota", "queue", "lock", "semaphore", "thread", "process", "custom"],
];
const BY_HAND = ["reserved", "maintenance", "offline", "unavailable"];
const MODES = ["read", "write", "exclusive"];

/** What can be done with resources. */
export function addResources(program: Command, act: Act): void {
  const group = program
    .command("resource")
    .description("what work may use, how much of it, and who holds it");
  const load = () => import("./commands/resource.ts");
  const change = () => import("./commands/resource-change.ts");
  const hold = () => import("./commands/resource-hold.ts");
  group
    .command("list")
    .description("all resources: those of the machine, and your own")
    .addOption(new Option("--type <type>", "only those of a type").choices(TYPES))
    .action(act(async () => (await load()).listResources));
  group
    .command("usage [resource]")
    .description("how much is in use and who holds it; without a resource, of all together")
    .action(act(async () => (await load()).showUsage));
  group
    .command("add <id>")
    .description("write a resource into the file of resources")
    .addOption(new Option("--type <type>", "what it is").choices(TYPES).default("custom"))
    .addOption(many("--capacity <amount>", "a number, or dimension=number such as cores=8 (default: 1)"))
    .option("--unit <unit>", "the dimension of a plain number (default: units)")
    .option("--name <name>", "what it is called")
    .option("--description <text>", "what it is")
    .addOption(many("--tag <tag>", "a tag"))
    .addOption(many("--limit <key=value>", "a bound, such as max_concurrent_users=2"))
    .addOption(new Option("--status <status>", "nothing is granted of it").choices(BY_HAND))
    .option("--replace", "also where there is one of this id, of the machine or your own")
    .action(act(async () => (await change()).addResource));
  group
    .command("remove <id>")
    .description("take a resource of your own out of the file of resources")
    .action(act(async () => (await change()).removeResource));
  group
    .command("allocate <resource>")
    .description("hold some of it until it is released; a lock with --mode")
    .requiredOption("--user <user>", "for whom")
    .addOption(many("--amount <amount>", "a number, or dimension=number (default: what the resource says)"))
    .addOption(new Option("--mode <mode>", "lock it; any name can be locked").choices(MODES))
    .option("--lease <seconds>", "released by itself after this", positiveNumber)
    .option("--wait <seconds>", "wait so long for it", positiveNumber)
    .action(act(async () => (await hold()).allocateResource));
  group
    .command("release [allocation]")
    .description("give back one allocation, or all of a user")
    .option("--user <user>", "all that this user holds by hand")
    .action(act(async () => (await hold()).releaseResource));
}
