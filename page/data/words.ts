/** An event in words, as the tail on a terminal shows it. */
import type { Death } from '../../operators/explain.ts';
import type { PageEvent } from './event.ts';
import type { Fate } from './fate.ts';
import { fateOf } from './fate.ts';

type Tone = 'quiet' | 'plain' | 'good' | 'warning' | 'alarm' | Fate;

export interface Words {
  readonly verb: string;
  readonly detail: string;
  readonly tone: Tone;
}

/** Longest detail, in characters. */
const LONGEST = 300;

/** Actions that seldom tell anything. */
const QUIET = /^(exec_|attach|detach|resize|top|mount|unmount|connect|disconnect|init|cleanup)/;

/** @param death the cause, if the event is a death */
export function wordsOf(event: PageEvent, death: Death<PageEvent> | undefined): Words {
  const { type, action, attributes } = event;
  if (death !== undefined) {
    return { verb: action, detail: death.summary, tone: death.alarming ? fateOf(death) : calm(death) };
  }
  if (type === 'daemon' && action === 'gap') {
    return { verb: 'gap', detail: cut(attributes['detail'] ?? 'events are missing'), tone: 'warning' };
  }
  if (type !== 'container') return { verb: `${type} ${action}`, detail: detailOf(event), tone: 'quiet' };
  const [verb, rest] = splitAction(action);
  if (verb === 'health_status') {
    const status = rest || attributes['health_status'] || '';
    return { verb: status || verb, detail: '', tone: status === 'healthy' ? 'good' : 'warning' };
  }
  if (action === 'start') return { verb, detail: cut(attributes['image'] ?? ''), tone: 'good' };
  if (action === 'oom') return { verb, detail: 'the kernel killed a process of it', tone: 'oom' };
  if (action === 'kill') return { verb, detail: signalText(attributes['signal']), tone: 'plain' };
  if (action === 'rename')
    return { verb, detail: `from ${cut(attributes['oldName'] ?? '?')}`, tone: 'plain' };
  if (QUIET.test(action)) return { verb, detail: cut(rest), tone: 'quiet' };
  return { verb, detail: cut(rest || (attributes['image'] ?? '')), tone: 'plain' };
}

function calm(death: Death<PageEvent>): Tone {
  return fateOf(death) === 'finished' ? 'finished' : 'asked';
}

function splitAction(action: string): readonly [string, string] {
  const end = action.indexOf(': ');
  return end < 0 ? [action, ''] : [action.slice(0, end), action.slice(end + 2)];
}

function signalText(signal: string | undefined): string {
  return signal === undefined ? '' : `signal ${cut(signal)}`;
}

function detailOf({ attributes }: PageEvent): string {
  const { name, container, type } = attributes;
  return cut([type, name, container?.slice(0, 12)].filter(Boolean).join(' '));
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
