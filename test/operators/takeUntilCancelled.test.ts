import { EMPTY, from, NEVER, Observable, of, range, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { takeUntilCancelled } from '../../operators/takeUntilCancelled.ts';
import { marbles } from '../support/marbles.ts';

describe('takeUntilCancelled', () => {
  it(
    'completes when another Observable says so, by its first value',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('   -a--b--c--|');
      const cancel = cold('  -----x-x-|');
      const subs = '         ^----!';
      const expected = '     -a--b|';
      expectObservable(source.pipe(takeUntilCancelled(cancel))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(cancel.subscriptions).toBe(subs);
    }),
  );

  it(
    'continues when the cancellation completes without a value, and fails when it fails',
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('-a--b--c--|');
      expectObservable(source.pipe(takeUntilCancelled(cold('--|')))).toBe('-a--b--c--|');
      expectObservable(source.pipe(takeUntilCancelled(cold('--#')))).toBe('-a#');
    }),
  );

  it(
    'ends with its source, completed or failed',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const cancel = cold('  ---------x');
      expectObservable(hot(' -a-|').pipe(takeUntilCancelled(cancel))).toBe('-a-|');
      expectObservable(hot(' -a-#').pipe(takeUntilCancelled(cancel))).toBe('-a-#');
      expectSubscriptions(cancel.subscriptions).toBe(['^--!', '^--!']);
    }),
  );

  it(
    'leaves the source and the cancellation when it is left',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('   -a--b--c--|');
      const cancel = cold('  ---------x');
      const unsub = '        -----!';
      expectObservable(source.pipe(takeUntilCancelled(cancel)), unsub).toBe('-a--b');
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(cancel.subscriptions).toBe('^----!');
    }),
  );

  it('completes at once when a signal aborts, and delivers nothing after that', () => {
    const controller = new AbortController();
    const source = new Subject<number>();
    const seen: unknown[] = [];
    source
      .pipe(takeUntilCancelled(controller.signal))
      .subscribe({ next: (value) => seen.push(value), complete: () => seen.push('end') });
    source.next(1);
    controller.abort();
    source.next(2);
    expect(seen).toEqual([1, 'end']);
    expect(source.observed).toBe(false);
  });

  it('does not subscribe to the source when it is cancelled already', () => {
    const subscribed = vi.fn<() => void>();
    const complete = vi.fn<() => void>();
    const source = new Observable<number>(subscribed);
    source.pipe(takeUntilCancelled(AbortSignal.abort())).subscribe({ complete });
    source.pipe(takeUntilCancelled(of('now'))).subscribe({ complete });
    expect(complete).toHaveBeenCalledTimes(2);
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('stops a source that emits without a pause, from inside its own subscriber', () => {
    const controller = new AbortController();
    const seen: number[] = [];
    range(0, Infinity)
      .pipe(takeUntilCancelled(controller.signal))
      .subscribe((value) => {
        seen.push(value);
        if (value === 2) controller.abort();
      });
    expect(seen).toEqual([0, 1, 2]);
  });

  it.each([
    ['abort', (_: Subject<number>, controller: AbortController) => controller.abort()],
    ['completion', (source: Subject<number>) => source.complete()],
    ['an error', (source: Subject<number>) => source.error(new Error('failed'))],
    ['unsubscribing', (_: Subject<number>, __: AbortController, leave: () => void) => leave()],
  ])('leaves no listener at the signal after %s', (_, end) => {
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const source = new Subject<number>();
    const subscription = source.pipe(takeUntilCancelled(controller.signal)).subscribe({ error: () => {} });
    end(source, controller, () => subscription.unsubscribe());
    expect(added).toHaveBeenCalledOnce();
    expect(removed.mock.calls[0]?.[1]).toBe(added.mock.calls[0]?.[1]);
    expect(source.observed).toBe(false);
  });

  it('takes whatever RxJS takes for an Observable', async () => {
    const complete = vi.fn<() => void>();
    NEVER.pipe(takeUntilCancelled(Promise.resolve())).subscribe({ complete });
    NEVER.pipe(takeUntilCancelled(['now'])).subscribe({ complete });
    expect(complete).toHaveBeenCalledOnce();
    await Promise.resolve();
    expect(complete).toHaveBeenCalledTimes(2);
    from([1]).pipe(takeUntilCancelled(EMPTY)).subscribe({ complete });
    expect(complete).toHaveBeenCalledTimes(3);
  });

  it('refuses what cannot cancel', () => {
    // @ts-expect-error -- a controller is not its signal
    expect(() => takeUntilCancelled(new AbortController())).toThrow(TypeError);
    // @ts-expect-error -- nor is nothing
    expect(() => takeUntilCancelled(undefined)).toThrow(TypeError);
  });
});
