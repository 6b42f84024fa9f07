/** Filter expressions, and filters as JSON. */
import { ExpressionError, formatExpression, parseExpression } from '../../../operators/expression.ts';
import { compileFilters } from '../../../operators/filters.ts';
import { queryFromParams } from '../../../src/encoders/query-params.ts';
import { event } from '../../support/events.ts';
import { buffers, mutate } from '../mutate.ts';
import { documented, must, type Target } from '../target.ts';

const VALID = buffers(
  ...[
    'web-* event=die',
    'exitCode!=0 label=tier=web',
    "name='a b' image=nginx:1.4",
    'exitCode>=130',
    'exitCode=100..200',
  ],
  ...[
    '!web event=start,die',
    'duration>10s',
    'attr.x=1 engine=docker',
    'type=container event=oom "a\\"b"',
    'label!=x',
  ],
  'name=web&filters={"event":["die"],"label":{"a=b":true}}&since=1700000000.5&until=10m&tail=5',
);
const WORDS = [
  'event',
  'exitCode',
  'label',
  '!=',
  '>=',
  '<',
  '~',
  "'",
  '"',
  '\\',
  ',',
  '&',
  'since=',
  'filters=',
  '%7B',
];
const EVENTS = [
  event({}),
  event({ action: 'die', attributes: { exitCode: '137', 'x y': '' }, name: 'web-1' }),
];

export const expressions: Target = {
  name: 'expressions',
  input: (random) => mutate(random, VALID, WORDS),
  run: (input) => {
    const text = input.toString();
    try {
      const selection = parseExpression(text);
      const again = parseExpression(formatExpression(selection));
      must(JSON.stringify(again) === JSON.stringify(selection), 'it is written as another expression');
      const test = compileFilters(selection.filters);
      for (const each of EVENTS) test(each);
    } catch (error) {
      documented(error, RangeError, ExpressionError);
    }
    try {
      queryFromParams(new URLSearchParams(text), 1_700_000_000_000_000_000n);
    } catch (error) {
      documented(error, RangeError, ExpressionError);
    }
  },
};
