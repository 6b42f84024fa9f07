export { formatCursor, parseCursor, type Position } from './collector/cursor.ts';
export type { Frame } from './collector/frames.ts';
export type { Query } from './collector/query.ts';
export { gapEvent, isGap } from './event.ts';
export type { Attributes, EngineEvent, EventSource, GapReason, IncomingEvent } from './event.ts';
