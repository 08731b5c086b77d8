import { readFileSync, writeFileSync } from "node:fs";
import { definitionSchema } from "./dist/definition-schema.js";

// The schema of workflow files lies in the repository, so that editors find it without a build.
const file = new URL("schema.json", import.meta.url);
const text = `${JSON.stringify(definitionSchema(), null, 2)}\n`;
if (readFileSync(file, "utf8") !== text) writeFileSync(file, text);
