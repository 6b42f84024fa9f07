/** What an action came to. */

export interface Outcome {
  /** `skipped`: there was no need, or it was not to be done. */
  readonly result: 'done' | 'failed' | 'timeout' | 'skipped';
  /** For people: a clause without a capital or a full stop. */
  readonly detail: string;
  /** Of a command that ended by itself. */
  readonly exitCode?: number | undefined;
  /** Whether trying again can help. */
  readonly retry: boolean;
}
