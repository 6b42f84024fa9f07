/**
 * The marble diagrams of a page, and how one is run. `docs/operators.md` says what the notation
 * means.
 */
import * as rxjs from 'rxjs';
import type { Observable, OperatorFunction } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import * as operators from '../../operators/index.ts';
import type { IncomingEvent } from '../../src/event.ts';
import { event } from './events.ts';

/** One diagram. */
export interface Diagram {
  /** The heading that it stands below. */
  readonly heading: string;
  /** The number of its first line in the page, from 1. */
  readonly line: number;
  readonly inputs: Readonly<Record<string, string>>;
  /** The operator, as JavaScript. */
  readonly expression: string;
  readonly results: readonly { readonly subscribe?: string; readonly marbles: string }[];
  /** When the source is subscribed to, where the page says so. */
  readonly subscribed: string | undefined;
  /** The meaning of a character: an event, or a JavaScript value. */
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Reads the blocks ```` ```marbles ````. @throws Error if a line is invalid, or marbles are not
 * aligned
 */
export function diagramsOf(page: string): Diagram[] {
  const diagrams: Diagram[] = [];
  for (const block of page.matchAll(/^```marbles\n([^]*?)^```$/gm)) {
    const before = page.slice(0, block.index);
    const heading = before.match(/^#+ .*$/gm)?.at(-1) ?? '';
    diagrams.push(read(block[1] ?? '', heading.replaceAll(/[#` ]/g, ''), before.split('\n').length + 1));
  }
  return diagrams;
}

function read(block: string, heading: string, first: number): Diagram {
  const inputs: Record<string, string> = {};
  const values: Record<string, string> = {};
  const results: { subscribe?: string; marbles: string }[] = [];
  let expression = '';
  let subscribe: string | undefined;
  let subscribed: string | undefined;
  const columns = new Set<number>();
  block.split('\n').forEach((text, i) => {
    const [, character, meaning] = /^(\w) = (.+)$/.exec(text) ?? [];
    const [, label, space = '', marbles] = /^([a-z]{2,}):( +)(\S.*)$/.exec(text) ?? [];
    if (character !== undefined && meaning !== undefined) values[character] = meaning;
    else if (label !== undefined && marbles !== undefined) {
      columns.add(label.length + space.length);
      if (label === 'subscribe') subscribe = marbles;
      else if (label === 'subscribed') subscribed = marbles;
      else if (label === 'result')
        results.push({ ...(subscribe === undefined ? {} : { subscribe }), marbles });
      else inputs[label] = marbles;
    } else if (text.startsWith('> ')) expression = text.slice(2);
    else if (text !== '') throw new Error(`line ${first + i}: what does ${JSON.stringify(text)} mean?`);
  });
  if (columns.size > 1) throw new Error(`line ${first}: the marbles are not aligned`);
  if (inputs['source'] === undefined || expression === '' || results.length === 0) {
    throw new Error(`line ${first}: a diagram has a source, an operator and a result`);
  }
  return { heading, line: first, inputs, expression, results, subscribed, values };
}

/**
 * Runs a diagram against the operators. Time is the scheduler's, also where the operator is given
 * none.
 */
export function runDiagram(diagram: Diagram, scheduler: TestScheduler): void {
  const values = valuesOf(diagram.values);
  const expected = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      isPlain(value) ? expect.objectContaining(value) : value,
    ]),
  );
  scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
    const inputs = Object.fromEntries(
      Object.entries(diagram.inputs).map(([name, marbles]) => [name, hot(marbles, values)]),
    );
    const { source } = inputs;
    if (source === undefined) throw new Error('no source');
    const operator = evaluate(diagram.expression, inputs) as OperatorFunction<unknown, unknown>;
    const result: Observable<unknown> = source.pipe(operator);
    for (const { subscribe, marbles } of diagram.results) {
      expectObservable(result, subscribe).toBe(marbles, expected);
    }
    if (diagram.subscribed !== undefined) expectSubscriptions(source.subscriptions).toBe(diagram.subscribed);
  });
}

/** In the order of the page: an object may name events before it. */
function valuesOf(meanings: Readonly<Record<string, string>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const names = Object.keys(meanings).sort(
    (a, b) => Number(isScript(meanings[a])) - Number(isScript(meanings[b])),
  );
  for (const name of names) {
    const meaning = meanings[name] ?? '';
    values[name] = isScript(meaning) ? evaluate(meaning, values) : eventOf(meaning);
  }
  return values;
}

function isScript(meaning = ''): boolean {
  return /^[{'"[\d]/.test(meaning);
}

/** An event such as `network/none connect container=web @5`. */
function eventOf(text: string): IncomingEvent {
  const [subject = '', action = '', ...rest] = Array.from(
    text.matchAll(/"([^"]*)"|\S+/g),
    ([all, quoted]) => quoted ?? all,
  );
  const [name = '', type = 'container'] = subject.split('/').toReversed();
  const time = rest.find((part) => part.startsWith('@'))?.slice(1) ?? '0';
  const attributes = rest
    .filter((part) => part.includes('='))
    .map((part) => part.split(/=(.*)/s).slice(0, 2));
  return event({
    type,
    action,
    id: name,
    name,
    timeNano: BigInt(time),
    attributes: Object.fromEntries(attributes) as Record<string, string>,
  });
}

/** The page may use what its readers may: RxJS and the operators. */
function evaluate(script: string, names: Readonly<Record<string, unknown>>): unknown {
  // A character such as 3 can't be a name.
  const own = Object.fromEntries(Object.entries(names).filter(([name]) => /^[a-z]/i.test(name)));
  const scope: Record<string, unknown> = { ...rxjs, ...operators, ...own };
  // oxlint-disable-next-line no-implied-eval, no-new-func -- pages of the project are trusted
  return (new Function(...Object.keys(scope), `return (${script});`) as (...args: unknown[]) => unknown)(
    ...Object.values(scope),
  );
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('timeNano' in value) && !Array.isArray(value);
}
