import type { DocumentKind } from "./document-kind.ts";

const README = `# {{project_name}}

**Version**: {{version}} | **Type**: {{project_type}} | **Created**: {{created_at}}

## Overview

{{description}}

## Architecture

{{active_components}}

## Usage

Say here how the project is set up, run and tested.

## Related Documentation

{{related_documents}}
`;

const NESTED_README = `# {{directory_name}}

**Component**: {{project_name}} | **Type**: {{project_type}}

## Overview

{{purpose}}.{{parent_link}}

## Purpose

This directory contains {{purpose_lower}} for the {{project_name}} project.

## Related Documentation

{{related_documents}}
`;

const CONTRACTS = `## Operating Contracts

- Read the documents of a directory before changing what is in it.
- Keep documents true in the change that makes them untrue.
- Leave what was not asked for as it is, and say what was left.

## Checkpoints

- [ ] The checks and tests of the project pass.
- [ ] What was decided, and why, is written down.
`;

const AGENTS = `# Agents — {{project_name}}

## Purpose

{{description}}

## Active Components

{{active_components}}

${CONTRACTS}`;

const NESTED_AGENTS = `# Agents — {{project_name}}/{{directory_name}}

## Purpose

{{purpose}}.{{parent_link}}

## Active Components

{{related_documents}}

${CONTRACTS}`;

const other = (title: string): string => `# {{project_name}} — ${title}

## Overview

{{description}}

## Related Documentation

{{related_documents}}
`;

const otherNested = (title: string): string => `# {{directory_name}} — ${title}

## Overview

{{purpose}}.{{parent_link}}

## Related Documentation

{{related_documents}}
`;

/** The templates that are there without any of the user's own. */
export const BUILT_IN: Readonly<Record<DocumentKind, { readonly root: string; readonly nested: string }>> = {
  README: { root: README, nested: NESTED_README },
  AGENTS: { root: AGENTS, nested: NESTED_AGENTS },
  SPEC: { root: other("Specification"), nested: otherNested("Specification") },
  PAI: { root: other("Integration Notes"), nested: otherNested("Integration Notes") },
};
