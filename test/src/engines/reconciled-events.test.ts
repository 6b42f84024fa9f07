import { expect, it } from 'vitest';
import { ReconciledEvents } from '../../../src/engines/reconciled-events.ts';
import { event } from '../../support/events.ts';

const SECOND = 1_000_000_000n;
const die = (timeNano: bigint) => event({ id: 'c1', action: 'die', timeNano });

it('covers the event that a list stated with its time, and no later run', () => {
  const reconciled = new ReconciledEvents();
  reconciled.add(die(10n * SECOND), 60n * SECOND);
  expect(reconciled.covers(event({ id: 'c1', action: 'start', timeNano: 10n * SECOND }))).toBe(false);
  expect(reconciled.covers(die(3n * SECOND))).toBe(false);
  expect(reconciled.covers(die(10n * SECOND + 5_000_000n))).toBe(true);
  expect(reconciled.covers(die(10n * SECOND + 5_000_000n))).toBe(false);
});

it('delivers what happens within the second after the list', () => {
  const reconciled = new ReconciledEvents();
  reconciled.add(die(10n * SECOND), 60n * SECOND);
  expect(reconciled.covers(die(60n * SECOND + 400_000_000n))).toBe(false);
});

it('covers any earlier event if the list stated no time', () => {
  const reconciled = new ReconciledEvents();
  reconciled.add(die(60n * SECOND), 60n * SECOND);
  expect(reconciled.covers(die(3n * SECOND))).toBe(true);
  reconciled.add(die(60n * SECOND), 60n * SECOND);
  expect(reconciled.covers(die(62n * SECOND))).toBe(false);
});

it('delivers what happens after the clock was set back behind the time in the list', () => {
  const reconciled = new ReconciledEvents();
  reconciled.add(die(5000n * SECOND), 1400n * SECOND);
  expect(reconciled.covers(die(1401n * SECOND))).toBe(false);
  expect(reconciled.covers(die(5000n * SECOND))).toBe(true);
});
