import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import { createFrameReader, seqOf } from '../../../page/data/frames.ts';
import { Model } from '../../../page/data/model.ts';
import { at, batch, cursorOf } from '../support.ts';

const running: ContainerState = {
  ...{ id: 'id-web', engine: 'docker', name: 'web', state: 'running', labels: {}, restarts: 0 },
  oomKilled: false,
};

describe('Model', () => {
  it('does not fold events into the states that the list has already', () => {
    const model = new Model();
    const [start, die, again] = [at(1, 'start'), at(2, 'die'), at(3, 'start')];
    model.list({ cursor: cursorOf(again), containers: [running] });
    model.take(batch(start, die, again));
    expect([...model.table].map(({ state, restarts }) => [state, restarts])).toEqual([['running', 0]]);
    model.take(batch(at(4, 'die', { attributes: { exitCode: '3' } })));
    expect([...model.table].map(({ state, exitCode }) => [state, exitCode])).toEqual([['exited', 3]]);
  });

  it('shows a gap of the reader between two events', () => {
    const model = new Model();
    model.take(batch(at(1000, 'start')));
    const gap = { kind: 'gap', from: 't:2.00', to: 't:13.00', count: 12, reason: 'overflow' } as const;
    model.take({ kind: 'frames', frames: [gap] });
    expect(model.gaps.all).toMatchObject([{ from: 1000, to: undefined, count: 12 }]);
    model.take(batch(at(5000, 'die')));
    expect(model.gaps.all).toEqual([
      {
        ...{ from: 1000, to: 5000, count: 12, reason: 'overflow', engine: undefined },
        detail: '12 events are missing: this page was too slow',
      },
    ]);
    expect(model.gaps.at(3000)).toHaveLength(1);
    expect(model.gaps.at(5001)).toHaveLength(0);
  });

  it('shows the losses that engines report', () => {
    const model = new Model();
    const attributes = { reason: 'upstream', detail: 'dockerd restarted', since: '1000000000', count: '3' };
    model.take(batch(at(3000, 'gap', { type: 'daemon', name: 'docker', id: '', attributes })));
    expect(model.gaps.all).toMatchObject([{ from: 1000, to: 3000, count: 3, detail: 'dockerd restarted' }]);
  });

  it('holds the newest events', () => {
    const model = new Model({ limit: 100 });
    for (let i = 0; i < 1000; i++) model.take(batch(at(i, 'exec_start: x', { name: `c${i % 7}` })));
    expect(model.events.length).toBeLessThanOrEqual(100);
    expect(model.events.length).toBeGreaterThanOrEqual(75);
    expect(model.events.items.at(-1)?.at).toBe(999);
    expect(model.filtered.events.length).toBe(model.events.length);
    expect(model.hasOlder).toBe(true);
  });

  it('filters held and new events by one expression', () => {
    const model = new Model();
    const seen = (): unknown => model.filtered.events.items.map(({ name, action }) => `${name} ${action}`);
    model.take(batch(at(1, 'start'), at(2, 'start', { name: 'db' }), at(3, 'die')));
    expect(model.filtered.use('web event=die')).toBeUndefined();
    expect(seen()).toEqual(['web die']);
    model.take(batch(at(4, 'die', { name: 'db' }), at(5, 'die')));
    expect(seen()).toEqual(['web die', 'web die']);
    // A name follows its container through a rename.
    model.take(
      batch(
        at(6, 'rename', { name: 'old', id: 'id-web', attributes: { oldName: 'web' } }),
        at(7, 'die', { name: 'old', id: 'id-web' }),
      ),
    );
    expect(seen()).toEqual(['web die', 'web die', 'old die']);
  });

  it('keeps the filter before an invalid one, and says where that is wrong', () => {
    const model = new Model();
    model.take(batch(at(1, 'start'), at(2, 'die')));
    model.filtered.use('event=die');
    expect(model.filtered.use('web evnt=die')).toMatchObject({
      position: 4,
      length: 4,
      message: expect.stringContaining('did you mean event?'),
    });
    expect(model.filtered.expression).toBe('event=die');
    expect(model.filtered.events.length).toBe(1);
  });
});

describe('frames', () => {
  it('of any text never throw', () => {
    const read = createFrameReader();
    const line =
      '{"kind":"event","cursor":"a:7.00","timeNano":"5","type":"container","action":"die","id":"x"';
    expect(read(`${line},"attributes":{"a":1},"source":{"engine":"docker"}}`)).toBeUndefined();
    expect(read(`${line},"attributes":{},"source":{"engine":"docker"}}`)).toMatchObject({
      events: [{ seq: 7, timeNano: 5n }],
    });
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => (read(text), true)));
  });

  it('have the number of their cursor', () => {
    expect(seqOf('mwv2kato5d:417.1g')).toBe(417);
    expect(seqOf('')).toBe(0);
  });
});
