/** A document that is generated: `README.md`, `AGENTS.md` and so on. */
export const DocumentKind = { README: "README", AGENTS: "AGENTS", SPEC: "SPEC", PAI: "PAI" } as const;
/** One of README, AGENTS, SPEC, PAI. */
export type DocumentKind = (typeof DocumentKind)[keyof typeof DocumentKind];

/** The name of its file. */
export const fileOf = (kind: DocumentKind): string => `${kind}.md`;
