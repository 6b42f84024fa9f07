/** Parses a line that the tail printed: the same is expected to happen again. */
import type { EngineEvent } from '../../src/index.ts';
import type { Description } from '../render/describe.ts';
import { UNICODE } from '../render/glyphs.ts';

/** One expected event. */
export interface ExpectStep {
  /** The expectation in words. */
  readonly text: string;
  /** @param line the description of the event, as {@link comparable} text */
  matches(event: EngineEvent, line: string): boolean;
}

/** The facts of an event that its repetition has too. Absent ones are not compared. */
interface Facts {
  readonly type?: string | undefined;
  readonly action?: string | undefined;
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  readonly exitCode?: string | undefined;
  readonly signal?: string | undefined;
}

/** The column of times, in each of its styles. */
const TIME = /^(?:(?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d\S*|\S+ ago|[+-][\d.]+[a-z][\da-z.]*)\s+(?=\S)/;

const ISULA = /^\d{4}-\d\d-\d\dT\S+ (\w+) (.+?) (\S+)(?: \(([\w./:-]+=.*)\))?$/;

const SIGNS = new RegExp(` [${Object.values(UNICODE).join('')}](?= |$)`);

/**
 * Parses a line of the formats text, wide, json, docker or isula; undefined for any other text. The
 * time, the length of a run and the attributes other than exit code and signal are not compared.
 *
 * @throws RangeError if the line is of another kind than an event
 */
export function parsePrinted(text: string): ExpectStep | undefined {
  const line = text.trim();
  if (line.startsWith('{')) return ofFacts(factsOfJson(line));
  const isula = ISULA.exec(line);
  if (isula !== null) return ofFacts(factsOfIsula(isula));
  const rest = line.replace(TIME, '');
  if (rest === line && !SIGNS.test(line) && !line.startsWith(UNICODE.rule)) return undefined;
  return ofText(line, rest);
}

/** A description without what differs between two runs: signs, and lengths of time. */
export function comparable({ label, verb, details }: Description): string {
  return withoutTimes([label, verb, ...details].join(' '));
}

function withoutTimes(text: string): string {
  return text
    .replace(/ after [\d.]+ (ms|s|min|h|d)(?!\w)/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function ofText(line: string, rest: string): ExpectStep {
  if (/^[─-]{2} /.test(rest) || /^\S+\s+[↻@] (crash loop over )?[✗x] \d/.test(rest)) {
    throw new RangeError(
      `invalid pattern ${JSON.stringify(line.slice(0, 80))}: this line is a summary of the tail, not an event: right would be 'web die'`,
    );
  }
  if (/ {2}[\w./-]+=/.test(rest)) return ofWide(rest);
  // A cut line, or one with a cut name, has an ellipsis.
  const text = withoutTimes(withoutSign(rest).replace(/ after [\d.]*( [a-z]*)?…$/, '…'));
  const [first = '', ...others] = text.split('…');
  const matches = (printed: string): boolean => {
    if (!printed.startsWith(first)) return false;
    let at = first.length;
    for (const other of others) {
      const found = printed.indexOf(other, at);
      if (found < 0) return false;
      at = found + other.length;
    }
    // A narrow terminal cuts details without a sign.
    return at === printed.length || printed[at] === ' ' || text.endsWith('…');
  };
  return { text, matches: (_, printed) => matches(printed) };
}

/** Removes the sign after the action, in Unicode or in ASCII. */
function withoutSign(text: string): string {
  return text.replace(/^(\S+\s+\S+) [✗■✓▶♥↻‖x#>+*@=](?= |$)/, '$1');
}

function ofWide(rest: string): ExpectStep {
  const [label = '', verb = ''] = rest.split(/ {2,}/);
  const value = (key: string): string | undefined =>
    new RegExp(`  ${key}=(.*?)(?=  |$)`).exec(rest)?.[1] || undefined;
  const outcome = ofFacts({ exitCode: value('exitCode'), signal: value('signal') });
  const begin = `${label} ${verb}`;
  return {
    text: [begin, outcome.text].join(' ').trim(),
    matches: (event, line) => `${line} `.startsWith(`${begin} `) && outcome.matches(event, line),
  };
}

function ofFacts({ type, action, name, id, exitCode, signal }: Facts): ExpectStep {
  const is = (expected: string | undefined, found: string | undefined): boolean =>
    expected === undefined || expected === found;
  return {
    text: [...[name ?? id, action], ...[exitCode && `exitCode=${exitCode}`, signal && `signal=${signal}`]]
      .filter((word) => word !== undefined && word !== '')
      .join(' '),
    matches: (event) =>
      is(type, event.type) &&
      (is(action, event.action) || action === `${event.action}: ${event.attributes['args']}`) &&
      (name === undefined ? is(id, event.id) : name === event.name || name === event.id) &&
      is(exitCode, event.attributes['exitCode'] ?? (event.action === 'die' ? '0' : undefined)) &&
      is(signal, event.attributes['signal']),
  };
}

/** iSulad leaves out an exit code of 0. */
function factsOfIsula([, type, action, id, annotations = '']: readonly string[]): Facts {
  const value = (key: string): string | undefined =>
    new RegExp(`(?:^|, )${key}=([^,]*)`).exec(annotations)?.[1];
  const exitCode = value('exitCode') ?? (action === 'die' ? '0' : undefined);
  return { type, action, id, name: value('name'), exitCode, signal: value('signal') };
}

/** A frame of tidings, or an event of Docker. */
function factsOfJson(line: string): Facts {
  const wrong = (why: string): RangeError =>
    new RangeError(`invalid pattern ${JSON.stringify(line.slice(0, 80))}: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('it begins like JSON, and is not JSON');
  }
  const at = (...path: readonly string[]): string | undefined => {
    let found: unknown = value;
    for (const key of path) {
      found = typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined;
    }
    return typeof found === 'string' ? found : undefined;
  };
  const action = at('action') ?? at('Action') ?? at('status');
  if (action === undefined)
    throw wrong('this JSON has no action: right would be an event, as -o json prints it');
  const attribute = (key: string): string | undefined =>
    at('attributes', key) ?? at('Actor', 'Attributes', key);
  return {
    ...{ action, type: at('type') ?? at('Type') },
    ...{ name: at('name') ?? attribute('name'), id: at('id') ?? at('Actor', 'ID') },
    ...{ exitCode: attribute('exitCode'), signal: attribute('signal') },
  };
}
