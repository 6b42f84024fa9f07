import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { KIND, makeBlock } from '../../../../src/journal/format/block.ts';
import { Snapshots } from '../../../../src/journal/states/snapshots.ts';
import { memoryStore } from '../../../support/memory-store.ts';

/** Number after all that the journal can hold. */
const HEAD = 2 ** 20;

it('keeps snapshots apart, and the newest one beside them', async () => {
  const store = memoryStore();
  const snapshots = new Snapshots(store, 1, HEAD);
  for (const next of [10, 20, 70_000, 70_010, 140_000, 150_000, 160_000]) {
    await snapshots.add({ next, upTo: String(next), states: [], uncertain: [], gaps: [] }, 2 ** 20);
  }
  expect(snapshots.kept.map(({ next }) => next)).toEqual([70_000, 140_000, 160_000]);
  expect(new Snapshots(store, 1, HEAD).kept).toEqual(snapshots.kept);
  expect(snapshots.upTo(150_000_000_000n)?.next).toBe(160_000);
});

it.each([
  ['not compressed', Buffer.from('{}')],
  ['not JSON', deflateRawSync('{')],
  ['of other fields', deflateRawSync('{"next":20,"upTo":"1","states":[{"id":1}],"uncertain":[],"gaps":[]}')],
  ['of another number', deflateRawSync('{"next":3,"upTo":"1","states":[],"uncertain":[],"gaps":[]}')],
])('uses the one before a snapshot whose checksum is right and that is %s', async (_, payload) => {
  const store = memoryStore();
  await new Snapshots(store, 1, HEAD).add(
    { next: 10, upTo: '1', states: [], uncertain: [], gaps: [] },
    2 ** 20,
  );
  const bytes = makeBlock({ kind: KIND.states, first: 20, count: 0, recorded: 1 }, payload, 1);
  await store.write([{ name: '0000000000000020.states', offset: 0, bytes }]);
  expect(new Snapshots(store, 1, HEAD).upTo(150_000_000_000n)?.next).toBe(10);
});

it('ignores a snapshot beyond the end of the journal', async () => {
  const store = memoryStore();
  const snapshots = new Snapshots(store, 1, HEAD);
  for (const next of [70_000, 140_000])
    await snapshots.add({ next, upTo: '1', states: [], uncertain: [], gaps: [] }, 2 ** 20);
  expect(new Snapshots(store, 1, 139_999).newest()?.next).toBe(70_000);
  expect(new Snapshots(store, 1, 140_000).newest()?.next).toBe(140_000);
});
