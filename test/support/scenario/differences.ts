/** The differences of the engines' streams from Docker's, by name: see docs/engines.md. */

/** Words of a container's events: the action, with the exit code of a `die` and the signal of a `kill`. */
export type Words = readonly string[];

/** Docker's stream of each part. */
export const REFERENCE: Readonly<Record<string, Words>> = {
  good: ['create', 'start', 'die 0', 'destroy'],
  bad: ['create', 'start', 'die 3', 'destroy'],
  killed: ['create', 'start', 'kill 9', 'die 137', 'destroy'],
  stopped: ['create', 'start', 'kill 15', 'die 0', 'stop', 'destroy'],
  paused: ['create', 'start', 'pause', 'unpause', 'kill 9', 'die 137', 'destroy'],
  memory: ['create', 'start', 'oom', 'die 137', 'destroy'],
  healthy: ['create', 'start', 'health_status: healthy', 'kill 9', 'die 137', 'destroy'],
  unhealthy: ['create', 'start', 'health_status: unhealthy', 'kill 9', 'die 137', 'destroy'],
  running: ['create', 'start', 'kill 9', 'die 137', 'destroy'],
  renamed: ['create', 'rename', 'destroy'],
};

export interface Difference {
  /** As in docs/engines.md. */
  readonly name: string;
  readonly engines: readonly string[];
  /** Turns Docker's words into the engine's. @param part name of the part. Default: no change. */
  readonly apply?: (words: Words, part: string) => Words;
  /**
   * Removes words that the engine sends or does not send, depending on timing, from the engine's own
   * stream: only where they may stand.
   */
  readonly leaveOut?: (words: Words, part: string) => Words;
}

const without =
  (pattern: RegExp) =>
  (words: Words): Words =>
    words.filter((word) => !pattern.test(word));
const replaced = (words: Words, word: string, by: Words): Words =>
  words.flatMap((each) => (each === word ? by : [each]));

/** Parts whose container runs until it is removed. */
const FORCED = new Set(['healthy', 'unhealthy', 'running']);
/** Parts in which podman stops the container, before its removal too. */
const STOPPED = new Set([...FORCED, 'stopped']);
const isDie = (word = ''): boolean => word.startsWith('die ');

/** In the order in which they apply. */
export const DIFFERENCES: readonly Difference[] = [
  {
    name: 'a forced removal sends no `kill`',
    engines: ['podman', 'isulad'],
    apply: (words, part) => (FORCED.has(part) ? replaced(words, 'kill 9', []) : words),
  },
  {
    name: 'no `kill` at a stop',
    engines: ['podman', 'isulad'],
    apply: without(/^kill 15$/),
  },
  {
    // After the signal podman looks whether conmon or its cleanup process has stored the exit code
    // already: if so, it sends no `stop` (`stop` in libpod/container_internal.go).
    name: '`stop` before `die`, also at a forced removal; or no `stop`, depending on timing',
    engines: ['podman'],
    apply: without(/^stop$/),
    leaveOut: (words, part) =>
      words.filter((word, i) => word !== 'stop' || !STOPPED.has(part) || !isDie(words[i + 1])),
  },
  {
    name: 'a `kill` states no signal',
    engines: ['podman'],
    apply: (words) => replaced(words, 'kill 9', ['kill']),
  },
  { name: 'no `kill` and no `stop`', engines: ['containerd'], apply: without(/^(kill|stop)\b/) },
  { name: 'no `oom`', engines: ['podman'], apply: without(/^oom$/) },
  { name: 'no health checks', engines: ['containerd', 'isulad'], apply: without(/^health_status/) },
  {
    name: 'the event of a health check states the result of the check before',
    engines: ['podman'],
    apply: (words) =>
      words.flatMap((word) =>
        word.startsWith('health_status') ? ['health_status: starting', word] : [word],
      ),
  },
  { name: 'no `rename`', engines: ['containerd'], apply: without(/^rename$/) },
  { name: 'no `destroy`', engines: ['isulad'], apply: without(/^destroy$/) },
  {
    name: '`init` before `start`',
    engines: ['podman', 'containerd'],
    apply: (words) => replaced(words, 'start', ['init', 'start']),
  },
  {
    name: '`cleanup` after `die`, up to twice: depends on timing',
    engines: ['podman', 'containerd'],
    leaveOut: (words) =>
      words.filter((word, i) => word !== 'cleanup' || !words.slice(Math.max(0, i - 2), i).some(isDie)),
  },
];
