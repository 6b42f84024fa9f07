/** The shapes that operators work on: structural, so that anything with these fields will do. */

/** Something that happened at an instant. */
export interface Timed {
  /** Nanoseconds since the Unix epoch, UTC. */
  readonly timeNano: bigint;
}

/** Something that happened to an object with an id, and maybe a name for people. */
export interface Named {
  readonly id: string;
  readonly name?: string | undefined;
}

/** Something that says what happened. */
export interface Described {
  /** `container`, `image` … */
  readonly type: string;
  /** `start`, `die` … */
  readonly action: string;
  /** `image`, `exitCode`, labels … */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Something that says which engine told of it. */
export interface Sourced {
  readonly source?:
    | {
        readonly engine: string;
        /** The engine's own identity, where it states one. */
        readonly id?: string | undefined;
      }
    | undefined;
}
