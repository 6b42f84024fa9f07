import fc from 'fast-check';
import type { Subscription } from 'rxjs';
import { expect, it } from 'vitest';
import { createCollector } from '../../../src/collector/collector.ts';
import type { Query } from '../../../src/collector/query.ts';
import { events } from '../../support/events.ts';

/** An action between two lists of events, or inside a delivery. */
type Deed =
  | { readonly what: 'append'; readonly count: number }
  | { readonly what: 'join'; readonly how: How }
  | { readonly what: 'leave'; readonly who: number }
  | { readonly what: 'complete' };

const HOWS = ['live', 'all', 'window', 'glob', 'name'] as const;
type How = (typeof HOWS)[number];

/** All of them match every event. */
const QUERIES: Readonly<Record<How, Query>> = {
  live: {},
  all: { since: 0n },
  window: { since: 0n, until: 2n ** 62n },
  glob: { name: '*' },
  name: { name: 'same' },
};

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('append'), count: fc.constantFrom(0, 1, 2, 5, 300) }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant('join'), how: fc.constantFrom(...HOWS) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('leave'), who: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('complete') }) },
);

interface Member {
  readonly how: How;
  readonly first: number;
  readonly seqs: number[];
  subscription?: Subscription;
  left?: boolean;
  completed?: boolean;
}

it('gives each subscriber each event once, in order, with any appends, subscribers and ends meanwhile', () => {
  const reaction = fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 12 }), deed);
  fc.assert(
    fc.property(
      fc.array(deed, { maxLength: 12 }),
      fc.array(reaction, { maxLength: 6 }),
      (deeds, reactions) => {
        const collector = createCollector({ limit: 100_000 });
        const members: Member[] = [];
        const state = { appended: 0, ended: false };
        /** Errors of an observer must not affect others, so they are checked at the end. */
        const wrong: string[] = [];

        const run = (each: Deed): void => {
          if (each.what === 'append') {
            if (!state.ended) state.appended += each.count;
            collector.append(events(each.count).map((event) => ({ ...event, name: 'same' })));
          } else if (each.what === 'complete') {
            state.ended = true;
            collector.complete();
          } else if (each.what === 'leave') {
            const member = members[each.who];
            if (member?.subscription === undefined) return;
            member.left = !member.completed;
            member.subscription.unsubscribe();
          } else if (!state.ended) join(each.how);
        };
        const join = (how: How): void => {
          const first = how === 'live' || how === 'glob' || how === 'name' ? collector.status.events + 1 : 1;
          const member: Member = { how, first, seqs: [] };
          const me = members.push(member) - 1;
          member.subscription = collector.events(QUERIES[how]).subscribe({
            next: ({ seq }) => {
              if (member.left) wrong.push(`${seq} to ${me} that left`);
              if (seq !== member.first + member.seqs.length) wrong.push(`${seq} to ${me}`);
              member.seqs.push(seq);
              for (const [who, at, each] of reactions) if (who === me && at === member.seqs.length) run(each);
            },
            complete: () => (member.completed = true),
          });
        };

        deeds.forEach(run);
        expect(wrong).toEqual([]);
        for (const member of members) {
          if (member.left) continue;
          expect(member.seqs.at(-1) ?? member.first - 1).toBe(state.appended);
          expect(member.completed ?? false).toBe(state.ended);
        }
        if (!state.ended) collector.complete();
        expect(collector.status.subscriptions).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
