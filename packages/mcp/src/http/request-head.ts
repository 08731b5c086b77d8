/** What is known of a request before its body is read. */
export interface RequestHead {
  readonly method: string;
  /** As it was sent: path and query. */
  readonly target: string;
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A header that may be there once; one that was sent several times is none that anybody meant. */
export function headerOf({ headers }: RequestHead, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "object" ? value.join(", ") : value;
}
