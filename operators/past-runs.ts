/** Facts about past runs of a container. */

/** A run that has ended. Instants and spans in nanoseconds. */
export interface PastRun {
  /** See `containerKey`. */
  readonly key: string;
  readonly image: string | undefined;
  readonly end: bigint;
  readonly duration: bigint | undefined;
  /** True if the end was not requested, and the exit code was not 0. */
  readonly alarming: boolean;
  /** The next start of the same container. */
  startedAgain: bigint | undefined;
}

/** Run times of earlier runs: spans in decimal nanoseconds. */
export interface RunTimes {
  /** Runs whose start and end were seen, 1 or more. */
  readonly count: number;
  readonly shortest: string;
  readonly median: string;
  readonly longest: string;
}

/** @returns undefined if no run was seen from start to end */
export function runTimes(runs: readonly PastRun[]): RunTimes | undefined {
  const spans = runs.flatMap(({ duration }) => (duration === undefined ? [] : [duration]));
  if (spans.length === 0) return undefined;
  spans.sort((a, b) => (a < b ? -1 : 1));
  const at = (index: number): string => String(spans[index]);
  return {
    count: spans.length,
    shortest: at(0),
    median: at(spans.length >> 1),
    longest: at(spans.length - 1),
  };
}

/** A crash loop up to a death: instants and spans in decimal nanoseconds. */
export interface CrashLoop {
  /** Deaths in a row without a request, each but the last followed by a start: 3 or more. */
  readonly deaths: number;
  /** The first of them. */
  readonly since: string;
  /** Delay between the last two runs: a back-off, if the engine restarts the container. */
  readonly wait: string;
}

/** Engines wait at most a minute between restarts; some start slowly. In ns. */
const LONGEST_WAIT = 120_000_000_000n;
const LOOP = 3;

/** The crash loop that the last of these runs belongs to. */
export function crashLoopAt(runs: readonly PastRun[]): CrashLoop | undefined {
  const last = runs.at(-1);
  if (last === undefined || !last.alarming) return undefined;
  let first = last;
  let deaths = 1;
  let wait = 0n;
  for (const run of runs.slice(0, -1).toReversed()) {
    if (run.key !== last.key || !run.alarming || run.startedAgain === undefined) break;
    const waited = run.startedAgain - run.end;
    if (waited > LONGEST_WAIT) break;
    if (deaths === 1) wait = waited;
    deaths += 1;
    first = run;
  }
  if (deaths < LOOP) return undefined;
  return { deaths, since: String(first.end), wait: String(wait < 0n ? 0n : wait) };
}
