import { expect, it } from 'vitest';
import { Snapshots } from '../../../../src/journal/states/snapshots.ts';
import { memoryStore } from '../../../support/memory-store.ts';

it('keeps snapshots apart, and the newest one beside them', async () => {
  const store = memoryStore();
  const snapshots = new Snapshots(store, 1);
  for (const next of [10, 20, 70_000, 70_010, 140_000, 150_000, 160_000]) {
    await snapshots.add({ next, upTo: String(next), states: [], uncertain: [], gaps: [] }, 2 ** 20);
  }
  expect(snapshots.kept.map(({ next }) => next)).toEqual([70_000, 140_000, 160_000]);
  expect(new Snapshots(store, 1).kept).toEqual(snapshots.kept);
  expect(snapshots.upTo(150_000_000_000n)?.next).toBe(160_000);
});
