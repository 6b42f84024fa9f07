/** Events and frames of every kind, texts as nasty as they come. */
import fc from 'fast-check';
import { formatCursor } from '../../src/collector/cursor.ts';
import type { Frame } from '../../src/collector/frames.ts';
import type { EngineEvent } from '../../src/event.ts';

/**
 * Any UTF-16 code units: control characters, quotes, escapes, lone surrogates, changes of
 * direction.
 */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '"',
    '\\',
    '\u0000',
    '\u001b[31m',
    '\u009b31m',
    '\ud800',
    '\udc00x',
    '\u202e',
    '\u2028',
    '</script>',
  ),
);

const attributes = fc.dictionary(fc.oneof(nastyText, fc.constantFrom('__proto__', 'name', '1')), nastyText);

/** Nanoseconds that an engine can state: 64 bits, up to the year 2262. */
const timeNano = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

/** The name of a numbering. */
export const epoch: fc.Arbitrary<string> = fc.stringMatching(/^[0-9a-z]{1,16}$/);

const cursor = fc
  .tuple(epoch, fc.maxSafeNat())
  .map(([epoch, seq]) => ({ text: formatCursor(epoch, seq), seq }));

/** An event and the cursor of its place. */
export const cursorAndEvent: fc.Arbitrary<{ cursor: string; event: EngineEvent }> = fc
  .record({
    cursor,
    timeNano,
    type: nastyText,
    action: nastyText,
    id: nastyText,
    named: fc.option(nastyText),
    attributes,
    scoped: fc.option(nastyText),
    source: fc.record(
      { engine: nastyText, endpoint: nastyText, id: nastyText },
      { requiredKeys: ['engine'] },
    ),
  })
  .map(({ cursor, named, scoped, ...parts }) => ({
    cursor: cursor.text,
    event: {
      seq: cursor.seq,
      ...parts,
      ...(named === null ? {} : { name: named }),
      ...(scoped === null ? {} : { scope: scoped }),
    },
  }));

const text = cursor.map((each) => each.text);
const reason = fc.constantFrom('expired', 'overflow', 'epoch', 'upstream', 'crash', 'damaged' as const);

/** Frames of every kind. */
export const frames: fc.Arbitrary<Frame> = fc.oneof(
  cursorAndEvent.map((each): Frame => ({ kind: 'event', ...each })),
  fc.record({ kind: fc.constant('ready' as const), oldest: text, newest: text }),
  fc.record({ kind: fc.constant('ready' as const), oldest: text, newest: text, durable: text }),
  fc.record({ kind: fc.constant('replay-end' as const), cursor: text }),
  fc.record({ kind: fc.constant('bookmark' as const), cursor: text }),
  fc.record({ kind: fc.constant('gap' as const), from: text, to: text, count: fc.maxSafeNat(), reason }),
  fc.record({
    kind: fc.constant('end' as const),
    reason: fc.constantFrom('until', 'complete', 'shutdown' as const),
    cursor: text,
  }),
  fc.record({
    kind: fc.constant('end' as const),
    reason: fc.constant('error' as const),
    cursor: text,
    message: nastyText,
  }),
);
