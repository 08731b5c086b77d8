#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before the program is loaded, so that it is compiled once.
enableCompileCache();
await import("../dist/bundle/orch-mcp.js");
