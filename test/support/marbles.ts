/**
 * `marbles(body)`: a test body in virtual time, on vitest's `toEqual`, which must contain an
 * expectation.
 */
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';

type RunHelpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

/**
 * Makes a test body that runs in a `TestScheduler`'s run mode: time is virtual and starts at 0 ms;
 * pass `scheduler` to what takes one. Fails when the body states no expectation.
 */
export function marbles(body: (helpers: RunHelpers, scheduler: TestScheduler) => void): () => void {
  return () => {
    expect.hasAssertions();
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run((helpers) => body(helpers, scheduler));
  };
}
