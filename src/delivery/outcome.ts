/** Result of an action or a delivery. */

export interface Outcome {
  /** `skipped`: the action was unnecessary or not allowed. */
  readonly result: 'done' | 'failed' | 'timeout' | 'skipped';
  /** A clause for people, without a capital or a full stop. */
  readonly detail: string;
  /** Set if a command ended by itself. */
  readonly exitCode?: number | undefined;
  /** True if a repetition can help. */
  readonly retry: boolean;
  /** Delay that the receiver asks for before a repetition (`Retry-After`): in ms. */
  readonly retryAfter?: number | undefined;
  /**
   * Set if the receiver refuses the content and no repetition can help: `event` if an event of it
   * is invalid to the receiver, `size` if the content is too large.
   */
  readonly refusal?: 'event' | 'size' | undefined;
  /** Count of the first parts that the receiver took before a failure. Default 0. */
  readonly accepted?: number | undefined;
  /** Count of parts that the receiver rejected although it took the content. Default 0. */
  readonly rejected?: number | undefined;
}

/** A clause for people about an error. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(reasonOf))].join(', ');
  }
  return error instanceof Error ? error.message : String(error);
}
