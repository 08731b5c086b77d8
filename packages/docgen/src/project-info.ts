import { dataClass, nested } from "@orch/core";
import { z } from "zod";
import { DocumentKind } from "./document-kind.ts";

/** Which links the documents of a project have; all by default. */
export class DocumentLinks extends dataClass(
  z.object({
    /** Whether directories get documents at all. */
    enabled: z.boolean().default(true),
    /** Whether documents of a directory lead up to those of the project. */
    parentLink: z.boolean().default(true),
    /** Whether documents of the project name its directories. */
    childLinks: z.boolean().default(true),
  }),
  { name: "DocumentLinks" },
) {}

/** A template's name is a part of a file's: no way out of the directory of templates. */
const TEMPLATE_NAME = /^\w[\w.-]{0,127}$/;

/** The fields of a {@link ProjectInfo}. */
export const projectInfoSchema = z.object({
  projectName: z.string(),
  /** Any word: `ai_analysis`. */
  projectType: z.string(),
  /** @default "<Type> project" */
  description: z.string().default(""),
  version: z.string().default("1.0.0"),
  author: z.string().default(""),
  createdAt: z.date(),
  /** Directories that get documents, where they exist: `src/` is `src`. */
  nestedDirs: z.array(z.string()).default([]),
  /** Templates of this name are preferred. */
  template: z
    .string()
    .regex(TEMPLATE_NAME, "must be letters, digits, '_', '.' and '-', 128 at most")
    .nullable()
    .default(null),
  docLinks: nested(DocumentLinks).nullable().default(null),
  documents: z.array(z.enum(DocumentKind)).default([DocumentKind.README, DocumentKind.AGENTS]),
});

/** What documents say of a project. Data: `toDict()` gives snake_case, which is taken, too. */
export class ProjectInfo extends dataClass(projectInfoSchema, { name: "ProjectInfo" }) {}

/** What a {@link ProjectInfo} is made of. `projectName`, `projectType` and `createdAt` (a date, or ISO-8601) are required. */
export type ProjectInfoInit = Readonly<
  Omit<z.input<typeof projectInfoSchema>, "createdAt"> & {
    createdAt: z.input<typeof projectInfoSchema>["createdAt"] | string;
  }
>;
