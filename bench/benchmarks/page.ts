/** The data layer of the page: a history read and folded, against a bare parse of its NDJSON. */
import { createFrameReader, type PageFrame } from '../../page/data/frames.ts';
import { Model } from '../../page/data/model.ts';
import { formatCursor } from '../../src/collector/cursor.ts';
import { JsonWriter } from '../../src/encoders/json-writer.ts';
import { encodeEvent } from '../../src/encoders/ndjson-event.ts';
import { Packer } from '../../src/encoders/packed.ts';
import { atLeast, unjudged } from '../harness/aim.ts';
import type { Benchmark } from '../harness/benchmark.ts';
import { expectCount, makeEvents } from '../harness/data.ts';
import { inTurn } from '../harness/statistics.ts';

/** Events of a line: those of one read of the daemon. */
const LINE = 512;

/** A history, in both formats. */
function history(count: number): { readonly packed: readonly string[]; readonly plain: readonly string[] } {
  const events = makeEvents(count).map((event, i) => ({ ...event, seq: i + 1 }));
  const plain = events.map((event) => encodeEvent(event, formatCursor('bench', event.seq)));
  const packed: string[] = [];
  const out = new JsonWriter(64 * 1024);
  const packer = new Packer();
  for (let i = 0; i < count; i += LINE) {
    out.length = 0;
    packer.write(out, events.slice(i, i + LINE), 'bench');
    packed.push(out.bytes.toString('utf8', 0, out.length));
  }
  return { packed, plain };
}

/** Events a second of processor time. */
function rate(count: number, work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return count / ((user + system) / 1e6);
}

const jobs = {
  parse(count: number): number {
    const { plain } = history(count);
    return rate(count, () => expectCount(plain.map((line) => JSON.parse(line) as unknown).length, count));
  },

  read(count: number): number {
    const { packed } = history(count);
    let read = 0;
    return rate(count, () => {
      const frame = createFrameReader();
      for (const line of packed) read += eventsIn(frame(line));
      expectCount(read, count);
    });
  },

  show(count: number): number {
    const { packed } = history(count);
    return rate(count, () => {
      const frame = createFrameReader();
      const model = new Model();
      for (const line of packed) {
        const found = frame(line);
        if (found !== undefined) model.take({ kind: 'frames', frames: [found] });
      }
      expectCount(model.total, count);
    });
  },
};

function eventsIn(frame: PageFrame | undefined): number {
  return frame?.kind === 'events' ? frame.events.length : 0;
}

export const benchmark: Benchmark = {
  name: 'page',
  jobs,
  async measure({ spawn, rounds, scaled }) {
    const worker = spawn(jobs);
    const count = scaled(100_000);
    const parse = (): Promise<number> => worker.run('parse', count);
    return [
      {
        what: 'a history read by the page ÷ bare `JSON.parse` of its NDJSON',
        unit: 'events/s',
        pairs: await inTurn(rounds, () => worker.run('read', count), parse),
        aim: atLeast(1),
      },
      {
        what: 'read and folded into lanes ÷ bare `JSON.parse` of its NDJSON',
        unit: 'events/s',
        pairs: await inTurn(rounds, () => worker.run('show', count), parse),
        aim: unjudged,
      },
    ];
  },
};
