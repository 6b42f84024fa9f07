import { concat, NEVER, type Observable, of, throwError, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { resuming } from '../../../cli/source/resume.ts';
import { DaemonError, type Frame, type Query } from '../../../src/index.ts';

const ready: Frame = { kind: 'ready', oldest: 'e:1', newest: 'e:5' };
const bookmark = (cursor: string): Frame => ({ kind: 'bookmark', cursor });
const shutdown: Frame = { kind: 'end', reason: 'shutdown', cursor: 'e:9' };
const gone = (): Observable<Frame> => throwError(() => new DaemonError('absent', 'no daemon answers'));
const lost = (): Observable<Frame> => throwError(() => new DaemonError('lost', 'the connection is lost'));

/** Follows daemons that answer like this, one after the other. */
function follow(query: Query, answers: readonly (() => Observable<Frame>)[]) {
  const clock = new VirtualTimeScheduler();
  const asked: (Query & { at: number })[] = [];
  const frames: Frame[] = [];
  const notices: string[] = [];
  let error: unknown;
  const subscription = resuming({
    query,
    connect: (next) => {
      asked.push({ ...next, at: clock.now() });
      return answers[asked.length - 1]?.() ?? NEVER;
    },
    notice: (text) => notices.push(text),
    scheduler: clock,
  }).subscribe({ next: (frame) => frames.push(frame), error: (cause: unknown) => (error = cause) });
  clock.flush();
  subscription.unsubscribe();
  return { asked, frames, notices, error };
}

describe('resuming', () => {
  it('waits for a daemon that shut down, and continues after its last frame', () => {
    const { asked, frames, notices } = follow({ since: 1n, tail: 3 }, [
      () => of(ready, bookmark('e:8'), shutdown),
      gone,
      gone,
      () => concat(of(ready, bookmark('e:12')), NEVER),
    ]);
    expect(asked).toEqual([
      { since: 1n, tail: 3, at: 0 },
      { cursor: 'e:9', at: 250 },
      { cursor: 'e:9', at: 750 },
      { cursor: 'e:9', at: 1750 },
    ]);
    expect(frames).toEqual([ready, bookmark('e:8'), ready, bookmark('e:12')]);
    expect(notices).toEqual([
      'the daemon shut down: waiting for it; Ctrl-C ends this',
      'the daemon is back: continuing after the last event',
    ]);
  });

  it('continues from the newest event if it was lost before the first frame', () => {
    const { asked } = follow({}, [() => concat(of(ready), lost())]);
    expect(asked.at(-1)).toMatchObject({ cursor: 'e:5' });
  });

  it('asks for the past again if that was lost before anything came', () => {
    const { asked } = follow({ since: 1n }, [() => concat(of(ready), lost())]);
    expect(asked.at(-1)).toEqual({ since: 1n, at: 250 });
  });

  it('does not wait for a daemon that was never there, nor for one that refuses', () => {
    expect(follow({}, [gone])).toMatchObject({ asked: [{}], error: { code: 'absent' } });
    const refused = (): Observable<Frame> => throwError(() => new DaemonError('refused', 'no'));
    expect(follow({}, [() => concat(of(ready), refused())])).toMatchObject({ error: { code: 'refused' } });
  });
});
