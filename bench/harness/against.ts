/** Compares this build with another one: rounds in turn, each in its own processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Unit } from './benchmark.ts';
import { type Pairs, quantile } from './statistics.ts';

/** One side of a line, measured once. */
export interface Reading {
  readonly what: string;
  readonly unit: Unit;
  readonly value: number;
}

/** A build: its tree, and the folder of its bundled benchmarks. */
export interface Build {
  readonly tree: string;
  readonly folder: string;
}

/** A line of a benchmark in both builds: `a` is this one, `b` the other. */
export interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  readonly pairs: Pairs;
}

/** Gain of this build: the median and the quartiles of the paired rounds. */
export interface Gain {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** True if it is slower or larger beyond the noise: median below 0.95, upper quartile below 1. */
  readonly regression: boolean;
}

const round = new URL('./round.js', import.meta.url).pathname;

/**
 * Measures a benchmark in both builds in turn. Each build begins every second round, so that
 * neither has the warmer machine. Lines that only one build has are left out.
 *
 * @param rounds count of measurements of each build, 1 or more
 */
export async function compare(
  name: string,
  ours: Build,
  other: Build,
  rounds: number,
  quick: boolean,
): Promise<Comparison[]> {
  const found = new Map<string, { unit: Unit; a: number[]; b: number[] }>();
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? ([ours, other] as const) : ([other, ours] as const);
    for (const build of order) {
      for (const { what, unit, value } of await readings(build, name, quick)) {
        const line = found.get(what) ?? { unit, a: [], b: [] };
        found.set(what, line);
        (build === ours ? line.a : line.b).push(value);
      }
    }
  }
  return [...found]
    .filter(([, { a, b }]) => a.length === b.length)
    .map(([what, { unit, a, b }]) => ({ name, what, unit, pairs: { a, b } }));
}

/** Compares the paired rounds of a line. More is better for rates, less for times and sizes. */
export function gainOf({ unit, pairs: { a, b } }: Pick<Comparison, 'unit' | 'pairs'>): Gain {
  const ratios = a.map((value, i) => {
    const ratio = value / (b[i] as number);
    return unit.endsWith('/s') ? ratio : 1 / ratio;
  });
  const value = quantile(ratios, 0.5);
  const high = quantile(ratios, 0.75);
  return { value, low: quantile(ratios, 0.25), high, regression: value < 0.95 && high < 1 };
}

async function readings({ tree, folder }: Build, name: string, quick: boolean): Promise<readonly Reading[]> {
  const args = [round, folder, name, ...(quick ? ['quick'] : [])];
  const child = spawn(process.execPath, args, { cwd: tree, stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>]);
  if (code !== 0) throw new Error(`a round of ${name} in ${tree} failed: exit ${code}`);
  return JSON.parse(output) as readonly Reading[];
}
