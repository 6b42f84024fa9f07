/** Result of an action. */

export interface Outcome {
  /** `skipped`: the action was unnecessary or not allowed. */
  readonly result: 'done' | 'failed' | 'timeout' | 'skipped';
  /** A clause for people, without a capital or a full stop. */
  readonly detail: string;
  /** Set if a command ended by itself. */
  readonly exitCode?: number | undefined;
  /** True if a repetition can help. */
  readonly retry: boolean;
}
