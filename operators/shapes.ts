/** The types that operators work on. They are structural: any object with these fields fits. */

/** An occurrence at an instant. */
export interface Timed {
  /** Nanoseconds since the Unix epoch, UTC. */
  readonly timeNano: bigint;
}

/** An object with an id, and optionally a name for people. */
export interface Named {
  readonly id: string;
  readonly name?: string | undefined;
}

/** An occurrence with a type, an action and attributes. */
export interface Described {
  /** `container`, `image` … */
  readonly type: string;
  /** `start`, `die` … */
  readonly action: string;
  /** `image`, `exitCode`, labels … */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An occurrence reported by an engine. */
export interface Sourced {
  readonly source?:
    | {
        readonly engine: string;
        /** The engine's own identity, if it states one. */
        readonly id?: string | undefined;
        /** The host, if the event was read from a fleet of many. */
        readonly host?: string | undefined;
      }
    | undefined;
}
