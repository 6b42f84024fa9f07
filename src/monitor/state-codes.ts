/**
 * The states in monitor records, by their number. Fact: iSulad's `runtime_state_t` and
 * `image_state_t`.
 */

/** Subject of a record. */
export type RecordSubject = 'container' | 'image';

/**
 * Container states by their number, as the word printed for each: STOPPED is `die`. iSulad's own
 * table spells `rename` as `reanme`.
 */
export const CONTAINER_STATES = [
  'exit',
  'die',
  'starting',
  'running',
  'stopping',
  'aborting',
  'freezing',
  'frozen',
  'thawed',
  'oom',
  'create',
  'start',
  'restart',
  'stop',
  'exec_create',
  'exec_start',
  'exec_die',
  'attach',
  'kill',
  'top',
  'rename',
  'archive-path',
  'extract-to-dir',
  'update',
  'pause',
  'unpause',
  'export',
  'resize',
  'paused1',
] as const;

/** Image states by their number. */
export const IMAGE_STATES = ['load', 'remove', 'pull', 'login', 'logout', 'import', 'tag'] as const;

export type MonitorState = (typeof CONTAINER_STATES)[number];
export type ImageState = (typeof IMAGE_STATES)[number];

const STATES: Readonly<Record<RecordSubject, readonly string[]>> = {
  container: CONTAINER_STATES,
  image: IMAGE_STATES,
};

/**
 * The word for a state; an unknown state of a newer iSulad gives `state-31`, and passes through.
 */
export function stateWord(subject: RecordSubject, value: number): string {
  return STATES[subject][value] ?? `state-${value}`;
}

/**
 * The number of a state.
 *
 * @throws RangeError if there is no such state, with the known ones
 */
export function stateValue(subject: RecordSubject, word: string): number {
  const value = STATES[subject].indexOf(word);
  if (value >= 0) return value;
  throw new RangeError(
    `unknown ${subject} state ${JSON.stringify(word.slice(0, 80))}: known are ${STATES[subject].join(', ')}`,
  );
}
