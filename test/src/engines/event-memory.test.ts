/** Reconciled events from before a restart: nothing tells any more which times the list stated. */
import { expect, it } from 'vitest';
import { EventMemory } from '../../../src/engines/event-memory.ts';
import { event } from '../../support/events.ts';

const HOUR = 3_600_000_000_000n;
const NOW = 1_700_000_000_000_000_000n;

const start = (id: string, timeNano: bigint) => event({ id, action: 'start', timeNano });
const reconciled = (id: string, timeNano: bigint) =>
  event({ id, action: 'start', timeNano, attributes: { reconciled: 'true' } });

it('covers the real event, which came after the last one before the hole', () => {
  const memory = new EventMemory([start('other', NOW - HOUR), reconciled('c1', NOW)]);
  expect(memory.reconciled.covers(start('c1', NOW - HOUR / 2n))).toBe(true);
});

it('does not cover an event after the engine was set back, behind the last one before the hole', () => {
  const memory = new EventMemory([start('other', NOW - 60_000_000_000n), reconciled('c1', NOW)]);
  expect(memory.reconciled.covers(start('c1', NOW - HOUR))).toBe(false);
});

it('covers nothing once another event of its kind has followed', () => {
  const memory = new EventMemory([reconciled('c1', NOW), start('c1', NOW + HOUR)]);
  expect(memory.reconciled.covers(start('c1', NOW - HOUR))).toBe(false);
});
