/** Where the parts of a daemon say what they do. The shape is pino's, so that one of its loggers will do. */

/** Fields for machines, then one sentence for people without a capital or a full stop. */
type Say = (fields: Readonly<Record<string, unknown>>, text: string) => void;

export interface Log {
  readonly debug: Say;
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}

const nothing: Say = () => undefined;

/** Says nothing: the default where a part is used by itself. */
export const silent: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
