import { map, NEVER, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ContainerState } from '../../../operators/container-state.ts';
import type { Inspected } from '../../../src/engines/control.ts';
import { describeListed } from '../../../src/engines/describe-listed.ts';
import { record } from '../../support/record.ts';
import { virtualTime } from '../../support/virtual-time.ts';

const state = (id: string, of: ContainerState['state'] = 'running'): ContainerState => ({
  ...{ id, name: `listed-${id}`, image: 'bb', state: of, labels: {}, restarts: 0, oomKilled: false },
});
const inspected = (id: string): Inspected => ({
  state: { id, state: 'running', labels: { a: 'b' }, restarts: 1, oomKilled: false },
  restartPolicy: 'always',
});

describe('the description of listed containers', () => {
  it('merges both, leaves out what is gone, and marks what could not be inspected', () => {
    const answers = record(
      describeListed([state('ends', 'exited'), state('a'), state('gone'), state('fails')], (id) => {
        if (id === 'fails') return throwError(() => new Error('busy'));
        return of(id === 'gone' ? undefined : inspected(id));
      }),
    );
    expect(answers.values).toEqual([
      [
        {
          state: { ...state('ends'), labels: { a: 'b' }, restarts: 1 },
          restartPolicy: 'always',
        },
        { state: state('fails'), isPartial: true },
        { state: { ...state('a'), labels: { a: 'b' }, restarts: 1 }, restartPolicy: 'always' },
      ],
    ]);
  });

  it('ends after fifteen seconds of silence, with those that answered', () => {
    const time = virtualTime();
    const listed = Array.from({ length: 20 }, (_, i) => state(`c${i}`, i === 19 ? 'running' : 'created'));
    const inspect = (id: string) => (id === 'c19' ? of(inspected(id)) : NEVER);
    const answers = record(describeListed(listed, inspect, time.scheduler));
    time.pass(14_999);
    expect(answers.values).toEqual([]);
    time.pass(1);
    const [all = []] = answers.values;
    expect(all.map(({ isPartial = false }) => isPartial)).toEqual([
      ...listed.slice(1).map(() => true),
      false,
    ]);
    // The running one was asked first, and is the last of the list.
    expect(all.at(-1)?.state.id).toBe('c19');
  });

  it('takes as long as answers keep coming, failures included', () => {
    const time = virtualTime();
    const listed = Array.from({ length: 160 }, (_, i) => state(`c${i}`));
    const fails = (id: string): boolean => id.endsWith('9');
    const inspect = (id: string) =>
      timer(14_000, time.scheduler).pipe(
        map(() => {
          if (fails(id)) throw new Error('busy');
          return inspected(id);
        }),
      );
    const answers = record(describeListed(listed, inspect, time.scheduler));
    time.pass(139_999);
    expect(answers.values).toEqual([]);
    time.pass(1);
    const [all = []] = answers.values;
    expect(all).toHaveLength(160);
    for (const {
      state: { id },
      isPartial = false,
    } of all)
      expect(isPartial).toBe(fails(id));
  });

  it('holds at most 16 Mi characters of labels', () => {
    const listed = Array.from({ length: 5000 }, (_, i) => state(`c${i}`));
    const labels = { a: 'x'.repeat(8000) };
    const inspect = (id: string) => of({ state: { ...inspected(id).state, labels } });
    const [all = []] = record(describeListed(listed, inspect)).values;
    const kept = all.filter((each) => each.state.labels['a'] !== undefined);
    expect(kept.length).toBe(Math.floor(2 ** 24 / 8001));
    expect(all.filter(({ labelsLeftOut }) => labelsLeftOut === 1).length).toBe(5000 - kept.length);
  });

  it('asks for at most 10,000', () => {
    let asked = 0;
    const listed = Array.from({ length: 10_050 }, (_, i) => state(`c${i}`));
    const inspect = (id: string) => {
      asked++;
      return of(inspected(id));
    };
    const [all = []] = record(describeListed(listed, inspect)).values;
    expect([asked, all.length, all.filter(({ isPartial }) => isPartial).length]).toEqual([
      10_000, 10_050, 50,
    ]);
  });
});
