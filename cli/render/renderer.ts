/** What every output format is to the rest. */
import type { EngineEvent, GapFrame } from '../../src/index.ts';

export interface Renderer {
  /** Whether people read it: then gaps are lines among the others, else they are said on stderr. */
  readonly forPeople: boolean;
  /** An event as one line, its end not included. */
  event(event: EngineEvent, cursor: string): string;
  /** What this reader has lost, as a line. */
  gap(gap: GapFrame): string;
  /** For people: what else a terminal shows. */
  readonly terminal?: TerminalLines | undefined;
}

/** The lines of a terminal that are no events. */
export interface TerminalLines {
  /** A line with words in it, between the past and the present. */
  rule(words: string): string;
  /** A crash loop, as it grows and when it is over. */
  loop(loop: Loop): string;
  /** Of less interest. */
  quiet(words: string): string;
}

/** A container that dies again and again. */
export interface Loop {
  readonly first: EngineEvent;
  readonly latest: EngineEvent;
  readonly deaths: number;
  readonly over: boolean;
  /** The wait before the next start, in ms; undefined if it is not known. */
  readonly next: number | undefined;
}

/** A gap in words. */
export function gapText({
  count,
  reason,
  from,
  to,
}: Pick<GapFrame, 'count' | 'reason' | 'from' | 'to'>): string {
  // What a crash takes is known by the numbers that were reserved: most were never given out.
  const many = reason === 'crash' ? `up to ${count}` : `${count}`;
  return `gap: ${many} ${count === 1 ? 'event is' : 'events are'} missing, ${WHY[reason]} (${from} to ${to})`;
}

const WHY: Readonly<Record<GapFrame['reason'], string>> = {
  expired: 'too old to be held any more',
  overflow: 'this reader, or the disk, was too slow',
  epoch: 'the cursor is from before the daemon started anew',
  upstream: 'an engine lost them',
  crash: 'a crash took them',
  damaged: 'the journal is damaged',
};
