import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attributes, gapEvent, type IncomingEvent, OwnEvent, sizeOf } from '../../../src/event.ts';
import { Descriptions } from '../../../src/handlers/descriptions.ts';

const source = { engine: 'monitor' };
const parts = { timeNano: 1n, type: 'container', id: 'c1', source };
const event = (action: string, attributes: Attributes = {}, more: Partial<IncomingEvent> = {}): OwnEvent =>
  new OwnEvent({ ...parts, action, name: attributes['name'] ?? 'c1', attributes, ...more });
const web = { name: 'web', image: 'busybox', team: 'a' };

describe('the description table', () => {
  it('completes bare events by earlier statements', () => {
    const table = new Descriptions();
    const create = event('create', web);
    expect(table.complete(create)).toMatchObject({ name: 'web', attributes: web });
    const bare = event('kill');
    expect(table.complete(bare)).toMatchObject({ id: 'c1', name: 'web', attributes: web });
    expect(table.complete(event('die', { exitCode: '3' }))).toMatchObject({
      name: 'web',
      attributes: { ...web, exitCode: '3' },
    });
    expect(table.undescribed).toBe(0);
  });

  it('completes own events in place, and never changes numbered or foreign ones', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    const own = event('kill');
    expect(table.complete(own)).toBe(own);
    expect(own.bytes).toBe(sizeOf(own));
    const numbered = event('kill');
    numbered.seq = 7;
    const foreign: IncomingEvent = { ...parts, action: 'kill', name: 'c1', attributes: {} };
    for (const each of [numbered, foreign]) {
      expect(table.complete(each)).toMatchObject({ name: 'web', attributes: web });
      expect(each).toMatchObject({ name: 'c1', attributes: {} });
    }
  });

  it('states the bytes of every completed event', () => {
    const table = new Descriptions();
    table.complete(event('create', { ...web, long: 'ä'.repeat(2000) }));
    const all = [
      event('start', { pid: '7' }),
      event('kill', { signal: '9' }),
      event('exec_start'),
      event('die'),
    ];
    for (const each of all) expect((table.complete(each) as OwnEvent).bytes).toBe(sizeOf(each));
  });

  it('completes events of many runs with the values of each', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    for (let run = 1; run < 5; run++) {
      const pid = String(run);
      const of = (action: string, own: Attributes = {}): Attributes =>
        table.complete(event(action, own)).attributes;
      const running = { ...web, pid };
      expect(of('start', { pid })).toEqual(running);
      expect(of('kill', { signal: pid })).toEqual({ ...running, signal: pid });
      expect(of('exec_die', { exitCode: pid })).toEqual({ ...running, exitCode: pid });
      expect(of('exec_start')).toEqual(running);
      expect(of('die', { exitCode: pid, pid })).toEqual({ ...running, exitCode: pid });
      expect(of('kill', { signal: pid })).toEqual({ ...web, signal: pid });
      expect(of('attach', { pid: '99', team: 'z' })).toEqual({ ...web, pid: '99', team: 'z' });
    }
  });

  it('completes a container whose labels are named as the values of a run', () => {
    const table = new Descriptions();
    const labels = { signal: 'label', pid: 'label' };
    table.learn({ id: 'c1', engine: 'monitor', state: 'running', name: 'web', labels });
    expect(table.complete(event('kill', { signal: '9' })).attributes).toMatchObject({ signal: '9' });
    expect(table.complete(event('exec_start')).attributes).toMatchObject(labels);
  });

  it('shares one object between events that add nothing', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    const start = table.complete(event('start', { pid: '7' }));
    expect(start.attributes).toEqual({ ...web, pid: '7' });
    expect(table.complete(event('exec_die')).attributes).toBe(start.attributes);
    expect(table.complete(event('running', { pid: '7' })).attributes).toBe(start.attributes);
    const kill = (signal: string): Attributes => table.complete(event('kill', { signal })).attributes;
    const [first, again] = [kill('9'), kill('9')];
    expect(again).toBe(first);
    expect([kill('15'), first, kill('9')].map(({ signal }) => signal)).toEqual(['15', '9', '9']);
    expect(table.complete(event('die')).attributes).toEqual(web);
  });

  it('takes no name from one that equals the id, and takes a new name', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    expect(table.complete(event('kill', {}, { name: 'c1' })).name).toBe('web');
    expect(table.complete(event('rename', { name: 'shop' })).name).toBe('shop');
    expect(table.complete(event('kill'))).toMatchObject({ name: 'shop', attributes: { team: 'a' } });
  });

  it('adds labels that a record of the FIFO states, and replaces those of an engine', () => {
    const sources = [{ engine: 'monitor', endpoint: 'fifo:///s/monitord_fifo' }, { engine: 'docker' }];
    const labels = sources.map((each) => {
      const table = new Descriptions();
      table.complete(event('create', web, { source: each }));
      table.complete(event('update', { tier: 'gold' }, { source: each }));
      table.complete(event('start', { team: 'b' }, { source: each }));
      return table.complete(event('kill', {}, { source: each })).attributes;
    });
    expect(labels).toEqual([
      { ...web, team: 'b', tier: 'gold' },
      { name: 'web', image: 'busybox', team: 'b' },
    ]);
  });

  it('gives a name that is used again after a delete to the new container', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    table.complete(event('destroy'));
    table.complete(event('create', { name: 'web', image: 'nginx' }, { id: 'c2' }));
    const of = (id: string): object => table.complete(event('kill', {}, { id, name: id }));
    expect(of('c2')).toMatchObject({ name: 'web', attributes: { image: 'nginx' } });
    expect(of('c1')).toMatchObject({ name: 'web', attributes: { image: 'busybox' } });
    // A late annotation of the first one does not take it back.
    table.complete(event('update', { name: 'web' }));
    expect(of('c2')).toMatchObject({ name: 'web' });
  });

  it('takes an event of an unknown container as it is, and counts it', () => {
    const table = new Descriptions();
    const unknown = event('kill', { signal: '9' });
    expect(table.complete(unknown)).toBe(unknown);
    const image = event('pull', {}, { type: 'image' });
    expect(table.complete(image)).toBe(image);
    expect(table.undescribed).toBe(1);
  });

  it('tells engines with equal ids apart', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    expect(table.complete(event('start', {}, { source: { engine: 'other' } })).name).toBe('c1');
    expect(table.complete(event('start', {}, { source: { engine: 'monitor', id: 'X' } })).name).toBe('c1');
  });

  it('remembers a removed container until its id is used again', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    expect(table.complete(event('destroy')).name).toBe('web');
    expect(table.complete(event('die', { exitCode: '0' })).name).toBe('web');
    expect(table.complete(event('create')).name).toBe('c1');
    expect(table.complete(event('start')).attributes).toEqual({});
  });

  it('learns from states what no event has stated', () => {
    const table = new Descriptions();
    const state = { id: 'c1', engine: 'monitor', state: 'running', labels: { team: 'a' } } as const;
    table.learn({ ...state, name: 'web', image: 'busybox' });
    expect(table.complete(event('kill'))).toMatchObject({ name: 'web', attributes: web });
    table.learn({ ...state, name: 'older', image: 'older', labels: { team: 'b', more: 'c' } });
    expect(table.complete(event('kill'))).toMatchObject({ name: 'web', attributes: web });
    table.complete(event('create', { name: 'shop' }, { id: 'c3' }));
    table.learn({ ...state, id: 'c3', name: 'web', image: 'busybox' });
    expect(table.complete(event('kill', {}, { id: 'c3', name: 'c3' }))).toMatchObject({
      name: 'shop',
      attributes: { name: 'shop', image: 'busybox', team: 'a' },
    });
    table.learn({ ...state, id: 'c2', name: 'c2', labels: {} });
    expect(table.complete(event('kill', {}, { id: 'c2', name: 'c2' })).name).toBe('c2');
  });

  it('marks the end of another run than the known one, and learns nothing from it', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    table.complete(event('start', { pid: '7' }));
    const stale = table.complete(event('die', { pid: '6', exitCode: '1' }));
    expect(stale.attributes).toEqual({ ...web, pid: '6', exitCode: '1', stale: 'true' });
    expect(table.complete(event('kill')).attributes).toEqual({ ...web, pid: '7' });
    const end = table.complete(event('die', { pid: '7', exitCode: '3' }));
    expect(end.attributes).toEqual({ ...web, pid: '7', exitCode: '3' });
    expect(table.complete(event('die', { pid: '7' })).attributes['stale']).toBe('true');
    expect(table.complete(event('die')).attributes['stale']).toBeUndefined();
    expect(table.stale).toBe(2);
    table.complete(event('start', { pid: '8' }));
    expect(table.complete(event('die', { pid: '8' })).attributes['stale']).toBeUndefined();
  });

  it('takes an end as it is where the run is not known for sure', () => {
    const table = new Descriptions();
    const isStale = (pid: string): boolean =>
      table.complete(event('die', { pid })).attributes['stale'] === 'true';
    expect(isStale('6')).toBe(false);
    table.complete(event('start'));
    expect(isStale('6')).toBe(false);
    table.complete(event('start', { pid: '7' }));
    table.complete(gapEvent({ source, timeNano: 1n, reason: 'upstream', detail: 'lost' }));
    expect(isStale('6')).toBe(false);
  });

  it('takes no name of another container from an annotation', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    table.complete(event('create', { name: 'db' }, { id: 'c2' }));
    const annotated = event('kill', { name: 'db', signal: '9' });
    expect(table.complete(annotated)).toMatchObject({ name: 'web', attributes: { name: 'db' } });
    expect(table.complete(event('kill')).name).toBe('web');
    expect(table.complete(event('rename', { name: 'db' })).name).toBe('db');
    // One that is removed has given its name up.
    table.complete(event('create', { name: 'old' }, { id: 'c3' }));
    table.complete(event('destroy', {}, { id: 'c3' }));
    expect(table.complete(event('update', { name: 'old' })).name).toBe('old');
  });

  it('gives a name that is used again to the container that states it', () => {
    const table = new Descriptions();
    table.complete(event('create', web));
    table.complete(event('create', web, { id: 'c2' }));
    const names = ['c1', 'c2'].map((id) => table.complete(event('kill', {}, { id, name: id })).name);
    expect(names).toEqual(['web', 'web']);
  });

  it('keeps the name that an engine states, also if another container had it before', () => {
    const table = new Descriptions();
    const docker = { source: { engine: 'docker', id: 'E1' } };
    table.complete(event('create', { name: 'web' }, { ...docker, id: 'c1', name: 'web' }));
    table.complete(event('create', { name: 'db' }, { ...docker, id: 'c2', name: 'db' }));
    // The renames came while there was no connection.
    const start = table.complete(event('start', { name: 'web' }, { ...docker, id: 'c2', name: 'web' }));
    expect(start).toMatchObject({ name: 'web', attributes: { name: 'web' } });
  });

  it('is bounded in number and characters: what was removed makes room first', () => {
    const table = new Descriptions({ limit: 3 });
    const of = (id: string, action: string, attributes: Attributes = {}): IncomingEvent =>
      table.complete(event(action, attributes, { id, name: attributes['name'] ?? id }));
    for (const id of ['a', 'b', 'c']) of(id, 'create', { name: `name-${id}` });
    of('b', 'destroy');
    of('d', 'create', { name: 'name-d' });
    const names = (): unknown[] => ['a', 'b', 'c', 'd'].map((id) => of(id, 'kill').name);
    expect(names()).toEqual(['name-a', 'b', 'name-c', 'name-d']);
    of('e', 'create', { name: 'name-e' });
    expect(names()).toEqual(['a', 'b', 'name-c', 'name-d']);

    const narrow = new Descriptions({ limitLength: 1000 });
    for (let i = 0; i < 100; i++)
      narrow.complete(event('create', { name: `n${i}`, label: 'x'.repeat(100) }, { id: `i${i}` }));
    expect(narrow.size).toBeGreaterThan(0);
    expect(narrow.size).toBeLessThan(10);
    expect(() => new Descriptions({ limit: 0 })).toThrow('invalid limit 0');
    expect(() => new Descriptions({ limitLength: 0 })).toThrow('invalid limitLength 0');
  });

  it('does as a small map model does', () => {
    const happening = fc.record({
      id: fc.constantFrom('a', 'b', '__proto__'),
      action: fc.constantFrom('create', 'start', 'kill', 'die', 'destroy'),
      name: fc.nat(100),
      image: fc.constantFrom(undefined, 'i', 'j'),
    });
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const table = new Descriptions();
        const model = new Map<string, { name?: string; image?: string; gone?: boolean }>();
        for (const { id, action, name: number, image } of happenings) {
          // No two have the same.
          const name = number < 50 ? `${id}${number % 2}` : undefined;
          const stated = { ...(name && { name }), ...(image && { image }) };
          const before = model.get(id);
          const fresh = action === 'create' && (name !== undefined || image !== undefined || before?.gone);
          const now = { ...(fresh ? {} : before), ...stated };
          const { gone: _, ...known } = now;
          model.set(id, {
            ...now,
            ...(action === 'destroy' && Object.keys(known).length > 0 && { gone: true }),
          });
          const found = table.complete(event(action, stated, { id, name: name ?? id }));
          expect({ name: found.name, attributes: found.attributes }).toEqual({
            name: known.name ?? id,
            attributes: known,
          });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
