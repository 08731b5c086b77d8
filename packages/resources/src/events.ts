/** The fields that every event of this package has. */
export interface ResourceFact {
  /** ISO-8601. */
  readonly at: string;
  readonly resource_id: string;
  readonly allocation_id: string;
  readonly user_id: string;
  /** By dimension. */
  readonly allocated: Readonly<Record<string, number>>;
}

/** What a `ResourceManager` tells, after it is so: plain JSON with snake_case keys. */
export type ResourceEvent =
  | ({ readonly type: "resource_allocated" } & ResourceFact)
  | ({ readonly type: "resource_released" } & ResourceFact)
  | ({ readonly type: "resource_expired" } & ResourceFact)
  | {
      readonly type: "resource_denied";
      readonly at: string;
      readonly user_id: string;
      /** As they were given. */
      readonly requirements: unknown;
      /** A sentence that says what is lacking. */
      readonly reason: string;
    };
