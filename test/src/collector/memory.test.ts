import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import type { IncomingEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** A string of its own, as after a decoding. */
const fresh = (text: string): string => Buffer.from(text).toString();
const labels = (i: number, key: (k: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 20 }, (_, k) => [fresh(key(k)), fresh(`value ${i} ${k}`)]));

const kinds: Readonly<Record<string, (i: number) => Partial<IncomingEvent>>> = {
  'no texts': (i) => ({ id: fresh(`${i}`), attributes: {} }),
  'a few texts': (i) => ({
    id: fresh(`${i}`.padStart(64, '0')),
    attributes: { image: fresh(`busybox:${i}`) },
  }),
  labels: (i) => ({ id: fresh(`${i}`), attributes: labels(i, (k) => `com.example.${k}`) }),
  'labels that no other event has': (i) => ({ id: fresh(`${i}`), attributes: labels(i, (k) => `${k}.${i}`) }),
  'texts beyond Latin': (i) => ({ id: fresh(`${i}`), attributes: { a: fresh(`標籤${i}`.repeat(20)) } }),
  'long texts': (i) => ({ id: fresh(`${i}`), attributes: { a: fresh(`${i}${'x'.repeat(20_000)}`) } }),
};

/** Held to the end: else the collector of one test might be freed while the next one measures. */
const kept: unknown[] = [];

describe('the memory of events that are held', () => {
  it.each(Object.entries(kinds))('is at most twice what is reported: %s', (_, make) => {
    const collector = createCollector({ limit: 5000, limitBytes: 2 ** 24 });
    kept.push(collector);
    const used = (): number => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = used();
    for (let i = 0; i < 8000; i++) collector.append([event(make(i))]);
    const grown = used() - before;
    const { held, heldBytes } = collector.status;
    expect(held).toBeGreaterThan(500);
    expect(grown).toBeLessThanOrEqual(2 * heldBytes);
    expect(grown).toBeGreaterThan(heldBytes / 3);
    expect(heldBytes).toBeLessThanOrEqual(2 ** 24);
  });
});
