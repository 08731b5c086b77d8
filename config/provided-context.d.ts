import "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    /** The file of the bundled program: `<app>/node_modules/.cache/<folder>/<name>.js`, where what is not bundled is found. */
    readonly program: string;
  }
}
