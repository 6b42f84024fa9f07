/** Output templates. */
import { Failure } from '../../../cli/exit.ts';
import { compileTemplate } from '../../../cli/render/template.ts';
import type { EngineEvent } from '../../../src/event.ts';
import { event } from '../../support/events.ts';
import { buffers, mutate } from '../mutate.ts';
import { documented, type Target } from '../target.ts';

const VALID = buffers(
  ...['{{.Name}} {{.Action}}', '{{json .}}', '{{.Actor.Attributes.exitCode}}', '{{printf "%s-%d" .Name 3}}'],
  ...[
    '{{upper (lower .Type)}}',
    '{{index .Actor.Attributes "a.b"}}',
    '{{json .Actor}}\\n',
    '{{.Time | json}}',
    '{{"a\\tb"}}',
  ],
  ...[
    '{{truncate .ID 12}}',
    '{{join (split .From ":") "/"}}',
    '{{pad .Name 3 3}}',
    '{{title .Status}}',
    '{{`raw`}}',
  ],
);
const WORDS = [
  '{{',
  '}}',
  '.Actor',
  '.Attributes',
  '|',
  '(',
  ')',
  'json',
  'index',
  'printf',
  '"%v"',
  '.__proto__',
  '.constructor',
  '99999999',
];
const EVENTS = [
  { ...event({}), seq: 1 },
  {
    ...event({ action: 'die', attributes: { exitCode: '1', 'a.b': 'x', constructor: 'y' }, name: 'w' }),
    seq: 2,
  },
] as EngineEvent[];

export const templates: Target = {
  name: 'templates',
  input: (random) => mutate(random, VALID, WORDS),
  run: (input) => {
    try {
      const fill = compileTemplate(input.toString(), '--output');
      for (const each of EVENTS) fill(each, 'k3f:1.00');
    } catch (error) {
      documented(error, Failure);
    }
  },
};
