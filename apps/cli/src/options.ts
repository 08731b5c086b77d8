/** What every command takes. */
export interface GlobalOptions {
  /** One JSON object a line on standard output. */
  readonly json?: boolean;
  readonly baseDir?: string;
  readonly config?: string;
  /** No progress, only the outcome. */
  readonly quiet?: boolean;
  /** Stack traces with errors. */
  readonly debug?: boolean;
}
