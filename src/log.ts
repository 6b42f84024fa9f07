/** The log of a daemon's parts. Its interface is pino's, so a pino logger works. */

/** Fields for machines, then one sentence for people without a capital or a full stop. */
type Say = (fields: Readonly<Record<string, unknown>>, text: string) => void;

/** A log: one function for each level. */
export interface Log {
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}

const nothing: Say = () => undefined;

/** Discards everything: the default of a part that is used alone. */
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
