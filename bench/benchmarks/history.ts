/**
 * Questions about the past, over 1 M and over 10 M events of a week. Makes the journals first, which
 * takes some minutes and 500 MB in the directory for temporary files.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatCursor } from '../../src/collector/cursor.ts';
import { createCollector, type Query } from '../../src/index.ts';
import { journalIn, openJournal, readJournal } from '../../src/journal.ts';
import { atMost, more, within } from '../harness/aim.ts';
import type { Aim, Benchmark, Context, Line, Worker } from '../harness/benchmark.ts';
import { command, environment, startDaemon } from '../harness/built-command.ts';
import { BUSY, makeHistory, SPREAD } from '../harness/history.ts';

/** Keeps all events, whatever their age. */
const KEPT = { retainAge: 1e13, retainSize: 2 ** 40 };
const KEEPING: readonly string[] = ['--retain-age', '3650d', '--retain-size', '1T'];

/** Nanoseconds of a task. */
async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await task();
  return Number(process.hrtime.bigint() - start);
}

/** Questions before those that count: they compile the code. */
const WARM_UP = 4;

/** A place in the history, from 0 to 1: another one for each round. */
const placeOf = (round: number): number => ((round + WARM_UP) * 0.618_034) % 1;

type Reader = NonNullable<ReturnType<typeof readJournal>>;
let journal: Reader | undefined;

function open(directory: string): {
  readonly journal: Reader;
  readonly first: bigint;
  readonly span: bigint;
} {
  journal ??= readJournal({ directory: journalIn(directory) });
  if (journal === undefined) throw new Error(`no journal in ${directory}`);
  const { archive, first: end } = journal;
  const [oldest] = archive.read(archive.oldest, end, 1, {}).events;
  const [newest] = archive.read(end - 1, end, 1, {}).events;
  if (oldest === undefined || newest === undefined) throw new Error('an empty journal');
  return { journal, first: oldest.timeNano, span: newest.timeNano - oldest.timeNano };
}

/** Reads up to `most` events of a query; returns their count. */
async function read(directory: string, query: Query, most: number): Promise<number> {
  const { epoch, first, archive } = open(directory).journal;
  const reader = createCollector({ epoch, first, archive, limit: 1 }).reader({ ...query, follow: false });
  let count = 0;
  for (let go = true; go && count < most;) {
    const chunk = reader.read(1024);
    count += chunk.events.length;
    go = chunk.more;
  }
  reader.close();
  return count;
}

const jobs = {
  /** Writes a history, and lets its segments be packed. */
  async make(directory: string, count: number): Promise<void> {
    const end = BigInt(Date.now()) * 1_000_000n;
    let now = end;
    const path = journalIn(directory);
    const options = { directory: path, durability: 'none', clock: () => now, ...KEPT } as const;
    const made = await openJournal(options);
    const collector = createCollector({ ...made, limit: 1000 });
    made.follow(collector);
    let written = 0;
    for (const events of makeHistory(count, end)) {
      now = events.at(-1)?.timeNano ?? now;
      collector.append(events);
      written += events.length;
      if (written % 20_000 === 0) await made.flush();
    }
    collector.complete();
    await made.close();
    const packing = await openJournal(options);
    const idle = createCollector({ ...packing, limit: 1 });
    packing.follow(idle);
    await packing.flush();
    while (readdirSync(path).some((name) => name.endsWith('.segment'))) await delay(100);
    idle.complete();
    await packing.close();
  },

  async resume(directory: string, round: number): Promise<number> {
    const { epoch, first } = open(directory).journal;
    const cursor = formatCursor(epoch, Math.floor(first * placeOf(round)));
    return await timed(() => read(directory, { cursor }, 1));
  },

  async byTime(directory: string, round: number): Promise<number> {
    const { first, span } = open(directory);
    const since = first + BigInt(Math.floor(Number(span) * placeOf(round) * 0.99));
    return await timed(() => read(directory, { since }, 1000));
  },

  async containersAt(directory: string, round: number): Promise<number> {
    const { journal, first, span } = open(directory);
    const time = first + BigInt(Math.floor(Number(span) * placeOf(round)));
    return await timed(() => journal.containersAt(time));
  },

  async query(directory: string, query: Query): Promise<number> {
    open(directory);
    return await timed(() => read(directory, query, Number.POSITIVE_INFINITY));
  },

  idOf(directory: string): string {
    const { archive, first } = open(directory).journal;
    return archive.read(Math.floor(first / 2), first, 1, {}).events[0]?.id ?? '';
  },

  async close(): Promise<void> {
    await journal?.close();
    journal = undefined;
  },
};

type Asker = Worker<typeof jobs>;

/** Asks both journals in turn, so often. */
async function both(
  rounds: number,
  sides: readonly [Asker, string, Asker, string],
  ask: (asker: Asker, directory: string, round: number) => Promise<number>,
): Promise<Line['pairs']> {
  const [large, largeDirectory, small, smallDirectory] = sides;
  const pairs = { a: [] as number[], b: [] as number[] };
  for (let round = 1; round < WARM_UP; round++) {
    await ask(large, largeDirectory, -round);
    await ask(small, smallDirectory, -round);
  }
  for (let round = 0; round < rounds; round++) {
    pairs.a.push(await ask(large, largeDirectory, round));
    pairs.b.push(await ask(small, smallDirectory, round));
  }
  return pairs;
}

/** The slowest of a hundred, or the slowest of fewer. */
function slowest({ a, b }: Line['pairs']): Line['pairs'] {
  const last = (list: readonly number[]): number[] => {
    const sorted = list.toSorted((x, y) => x - y);
    return [sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0];
  };
  return { a: last(a), b: last(b) };
}

/** Empties the page cache of the system; false if this user may not. */
function dropPageCache(): boolean {
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '1');
    return true;
  } catch {
    return false;
  }
}

const perSecond = (count: number, nanos: number): number => (count * 1e9) / nanos;
const ms = (count: number): number => count * 1e6;

/** Runs the built command; returns nanoseconds. */
async function run(args: readonly string[], output: 'ignore' | number): Promise<number> {
  return await timed(async () => {
    const child = spawn(process.execPath, [command, ...args], {
      env: environment,
      stdio: ['ignore', output, 'inherit'],
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(`tidings ${args.join(' ')}: exit ${code}`);
  });
}

async function measure({ spawn: start, rounds, scaled, directory }: Context): Promise<readonly Line[]> {
  const counts = { large: scaled(10_000_000), small: scaled(1_000_000) };
  const place = { large: join(directory, 'large'), small: join(directory, 'small') };
  const [large, small] = [start(jobs), start(jobs)];
  await Promise.all([
    large.run('make', place.large, counts.large),
    small.run('make', place.small, counts.small),
  ]);
  const lines: Line[] = [];
  const sides = [large, place.large, small, place.small] as const;
  const many = rounds * 10;
  const line = (what: string, unit: Line['unit'], pairs: Line['pairs'], aim: Aim): void =>
    void lines.push({ what: `${what}: 10 M ÷ 1 M events`, unit, pairs, aim });
  const times = async (
    what: string,
    most: number,
    ask: Parameters<typeof both>[2],
    count = many,
  ): Promise<void> => {
    const pairs = await both(count, sides, ask);
    line(`${what}, p50`, 'ns', pairs, within(ms(most), `${most} ms`));
    line(`${what}, p99`, 'ns', slowest(pairs), within(ms(most), `${most} ms`));
  };
  const asks = (query: Query) => (asker: Asker, at: string) => asker.run('query', at, query);

  const sizes = [place.large, place.small].map((at) => {
    const path = journalIn(at);
    return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  });
  const each = { a: [(sizes[0] ?? 0) / counts.large], b: [(sizes[1] ?? 0) / counts.small] };
  line('disk, for an event', 'bytes', each, within(40, '40 B'));

  await times('resume from a cursor to the first event', 20, (asker, at, round) =>
    asker.run('resume', at, round),
  );
  await times('1,000 events by time', 20, (asker, at, round) => asker.run('byTime', at, round));
  if (dropPageCache()) {
    await times(
      'resume, page cache dropped',
      20,
      async (asker, at, round) => {
        dropPageCache();
        return await asker.run('resume', at, round + 1000);
      },
      rounds,
    );
  }
  await times('one container, 5,000 events within a day', 150, asks({ name: BUSY }), rounds);
  await times('one container, 5,000 events over the week', 1500, asks({ name: SPREAD }), rounds);
  await times(
    'containers at a time',
    150,
    (asker, at, round) => asker.run('containersAt', at, round),
    rounds,
  );

  const id = await large.run('idOf', place.large);
  const tails: Readonly<Record<string, Query>> = {
    name: { name: SPREAD },
    id: { name: id },
    action: { filters: { event: ['oom'] } },
    label: { filters: { label: ['com.docker.compose.service=web-7'] } },
  };
  for (const [what, query] of Object.entries(tails))
    await times(`the newest 10 by exact ${what}`, 200, asks({ ...query, tail: 10 }), rounds);

  const scans: Readonly<Record<string, Query>> = {
    'a glob of a label': { filters: { 'label~': ['com.docker.compose.service=web-77*'] } },
    'an exit code': { filters: { exitCode: ['137'] } },
    'a glob of names': { name: 'shop-7*-web-*7' },
  };
  for (const [what, query] of Object.entries(scans)) {
    const { a, b } = await both(rounds, sides, asks(query));
    const rates = {
      a: a.map((nanos) => perSecond(counts.large, nanos)),
      b: b.map((nanos) => perSecond(counts.small, nanos)),
    };
    line(`scan by ${what}`, 'events/s', rates, more(1_500_000, '1.5 M/s'));
  }
  await Promise.all([large.run('close'), small.run('close')]);

  const exported = { large: join(directory, 'large.ndjson'), small: join(directory, 'small.ndjson') };
  const rates = {
    out: { a: [] as number[], b: [] as number[] },
    in: { a: [] as number[], b: [] as number[] },
  };
  for (const [side, key] of [
    ['large', 'a'],
    ['small', 'b'],
  ] as const) {
    const took = await run(['journal', 'export', '--data-dir', place[side]], 'ignore');
    rates.out[key].push(perSecond(counts[side], took));
  }
  execFileSync(
    '/bin/sh',
    [
      '-c',
      '"$0" "$1" journal export --data-dir "$2" > "$3"',
      ...[process.execPath, command, place.small, exported.small],
    ],
    { env: environment },
  );
  const imported = join(directory, 'imported');
  rates.in.a.push(
    perSecond(
      counts.small,
      await run(['journal', 'import', exported.small, '--data-dir', imported], 'ignore'),
    ),
  );
  rates.in.b.push(...rates.in.a);
  rmSync(imported, { recursive: true, force: true });
  line('export', 'events/s', rates.out, more(400_000, '400 k/s'));
  line('import of 1 M', 'events/s', rates.in, more(200_000, '200 k/s'));

  lines.push(...(await startLines(directory, place, rounds)));
  return lines;
}

/** Time until a daemon listens, over each history and over none. */
async function startLines(
  directory: string,
  place: Readonly<Record<'large' | 'small', string>>,
  rounds: number,
): Promise<readonly Line[]> {
  const took = { none: [] as number[], small: [] as number[], large: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    for (const side of ['none', 'small', 'large'] as const) {
      const at = join(directory, `start-${side}`);
      if (side !== 'none' && !existsSync(at)) cpSync(place[side], join(at, 'data'), { recursive: true });
      const start = process.hrtime.bigint();
      await using _ = await startDaemon(at, KEEPING);
      took[side].push(Number(process.hrtime.bigint() - start));
    }
  }
  const line = (what: string, side: 'small' | 'large', aim: Aim): Line => ({
    what: `start until it listens: over ${what} ÷ over none`,
    unit: 'ns',
    pairs: { a: took[side], b: took.none },
    aim,
  });
  return [line('1 M events', 'small', atMost(1.5)), line('10 M events', 'large', atMost(1.5))];
}

export const benchmark: Benchmark = { name: 'history', jobs, measure };
