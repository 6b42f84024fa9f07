import { describe, expect, it } from 'vitest';
import { withContext } from '../../../cli/source/context-events.ts';
import { type EngineEvent, formatCursor, type Query } from '../../../src/index.ts';
import { event } from '../../support/events.ts';

const SECOND = 1_000_000_000n;
const at = (seconds: number, action: string, attributes = {}): EngineEvent => ({
  seq: 1,
  ...event({ action, attributes, timeNano: BigInt(seconds) * SECOND }),
});

describe('withContext', () => {
  it.each<[string, Query]>([
    ['a query of live events', {}],
    ['filters that hide no explanation', { filters: { image: ['bb:1'], type: ['container'] } }],
    ['filters without deaths', { filters: { event: ['start', 'pause'] } }],
    ['filters that exclude deaths', { filters: { 'event!': ['die'] } }],
    ['all of the past', { since: 0n }],
  ])('leaves %s alone', (_, query) => {
    expect(withContext(query)).toEqual({ query, shows: undefined });
  });

  it('reads a minute more before the first instant, and shows nothing of it', () => {
    const { query, shows } = withContext({ since: 1000n * SECOND });
    expect(query.since).toBe(940n * SECOND);
    expect([999, 1000].map((seconds) => shows?.(at(seconds, 'kill'), ''))).toEqual([false, true]);
  });

  it('reads the actions that explain a death, and shows what the filters select', () => {
    const { query, shows } = withContext({
      filters: { event: ['die'], 'exitCode!': ['0'], image: ['bb:1'] },
    });
    expect(query.filters).toMatchObject({ image: ['bb:1'] });
    expect(query.filters?.event).toEqual(expect.arrayContaining(['die', 'kill', 'stop', 'oom', 'start']));
    expect(Object.keys(query.filters ?? {})).not.toContain('exitCode!');
    const bb = { image: 'bb:1' };
    expect(shows?.(at(1, 'die', { ...bb, exitCode: '1' }), '')).toBe(true);
    expect(shows?.(at(1, 'die', { ...bb, exitCode: '0' }), '')).toBe(false);
    expect(shows?.(at(1, 'kill', bb), '')).toBe(false);
  });

  it('reads every action where filters only exclude some', () => {
    expect(withContext({ filters: { 'event!': ['kill'] } }).query.filters).toEqual({});
    expect(withContext({ filters: { 'exitCode>': ['0'] } }).query.filters?.event).toContain('kill');
    expect(withContext({ filters: { 'event~': ['d*'] } }).query.filters).toMatchObject({ 'event~': ['d*'] });
  });

  it('begins a tail at its first event', () => {
    const first = { cursor: 'a:7', timeNano: 1000n * SECOND, newest: formatCursor('a', 9) };
    const { query, shows } = withContext({ tail: 2 }, first);
    expect(query).toMatchObject({ tail: undefined, since: 940n * SECOND });
    // One of the same instant, before it.
    expect(shows?.(at(1000, 'kill'), 'a:6')).toBe(false);
    expect(shows?.(at(1000, 'die'), 'a:7')).toBe(true);
    expect(shows?.(at(999, 'start'), 'a:8')).toBe(true);
  });

  it('ends a tail that is not followed at the newest event of its beginning', () => {
    const first = { cursor: 'a:7', timeNano: 1000n * SECOND, newest: formatCursor('a', 8) };
    const numbered = (seq: number): EngineEvent => ({ ...at(1000, 'die'), seq });
    const shown = (query: Query): readonly (boolean | undefined)[] => {
      const { shows } = withContext(query, first);
      return [7, 8, 9].map((seq) => shows?.(numbered(seq), `a:${seq}`));
    };
    expect(shown({ tail: 2, follow: false })).toEqual([true, true, false]);
    expect(shown({ tail: 2 })).toEqual([true, true, true]);
  });
});
