/**
 * The busiest functions of a benchmark's processes, from the CPU profiles that V8 writes at their
 * end.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Microseconds between samples. */
const INTERVAL = 250;

/** Functions shown for each process. */
const SHOWN = 12;

/** The used part of a `.cpuprofile`: samples are ids of nodes, each the top of a stack. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Options for Node that write a profile of the process into the directory at its end. */
export function profiling(directory: string, name: string): string[] {
  return [
    '--cpu-prof',
    `--cpu-prof-dir=${directory}`,
    `--cpu-prof-name=${name}.cpuprofile`,
    `--cpu-prof-interval=${INTERVAL}`,
  ];
}

/**
 * The busiest functions of each process with a profile in the directory, by their own share of its
 * time.
 */
export function busiest(directory: string): string {
  const files = readdirSync(directory).filter((name) => name.endsWith('.cpuprofile'));
  return files
    .toSorted()
    .map((file) => report(join(directory, file)))
    .join('\n');
}

function report(file: string): string {
  const { shares, busy, total } = sharesOf(JSON.parse(readFileSync(file, 'utf8')) as Profile);
  const lines = shares
    .slice(0, SHOWN)
    .map(([what, share]) => `  ${(100 * share).toFixed(1).padStart(5)} %  ${what}`);
  return [`${basename(file)}: busy ${seconds(busy)} of ${seconds(total)}`, ...lines].join('\n');
}

const seconds = (microseconds: number): string => `${(microseconds / 1e6).toFixed(2)} s`;

/**
 * Each function's own share (0 to 1) of the busy time of the process, largest first. Times are in
 * µs.
 */
export function sharesOf({ nodes, samples, timeDeltas }: Profile): {
  readonly shares: readonly (readonly [what: string, share: number])[];
  readonly busy: number;
  readonly total: number;
} {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let [busy, total] = [0, 0];
  samples.forEach((id, i) => {
    const name = names.get(id) ?? '(unknown)';
    const time = timeDeltas[i] ?? 0;
    total += time;
    if (name === '(idle)') return;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  });
  const shares = [...times].map(([name, time]) => [name, time / busy] as const);
  return { shares: shares.toSorted((a, b) => b[1] - a[1]), busy, total };
}

function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  return url === '' ? name : `${name} ${basename(url)}:${lineNumber + 1}`;
}
