/** The interface of output formats. */
import type { EngineEvent, GapFrame } from '../../src/index.ts';

export interface Renderer {
  /** True for people: gaps are then lines among the others; otherwise they go to stderr. */
  readonly forPeople: boolean;
  /** An event as one line, without the line end. */
  event(event: EngineEvent, cursor: string): string;
  /** Takes an event that is not shown: it may explain a later one. */
  note?(event: EngineEvent): void;
  /** A gap as a line. */
  gap(gap: GapFrame): string;
  /** Further lines on a terminal, in formats for people. */
  readonly terminal?: TerminalLines | undefined;
}

/** The lines of a terminal other than events. */
export interface TerminalLines {
  /** A line with text in it, between the past and the present. */
  rule(words: string): string;
  /** A crash loop, while it grows and at its end. */
  loop(loop: FoldedLoop): string;
  /** A less interesting line. */
  quiet(words: string): string;
}

/** A container in a crash loop. */
export interface FoldedLoop {
  readonly first: EngineEvent;
  readonly latest: EngineEvent;
  readonly deaths: number;
  readonly over: boolean;
  /** Delay before the next start, in ms; undefined if unknown. */
  readonly next: number | undefined;
}

/** A gap as text. */
export function gapText({
  count,
  reason,
  from,
  to,
}: Pick<GapFrame, 'count' | 'reason' | 'from' | 'to'>): string {
  // A crash's loss is known from reserved numbers: most of these were never given out.
  const many = reason === 'crash' ? `up to ${count}` : `${count}`;
  return `gap: ${many} ${count === 1 ? 'event is' : 'events are'} missing, ${WHY[reason]} (${from} to ${to})`;
}

const WHY: Readonly<Record<GapFrame['reason'], string>> = {
  expired: 'they are too old to be held',
  overflow: 'this reader, or the disk, was too slow',
  epoch: 'the cursor is of an earlier run of the daemon',
  upstream: 'an engine lost them',
  crash: 'a crash took them',
  damaged: 'the journal is damaged',
};
