/**
 * `tidings/engine`: for authors of engines. See `docs/engines.md`.
 *
 * @module tidings/engine
 */
export type { EngineControl, Inspected } from './engines/control.ts';
export { readClock, readDate } from './engines/engine-clock.ts';
export type {
  ClockReading,
  ConnectContext,
  Engine,
  EngineState,
  EngineStatus,
  Environment,
  FollowOptions,
  Position,
  Received,
  Session,
} from './engines/engine.ts';
export { type Followed, FollowedEngines } from './engines/followed.ts';
export { followEngine } from './engines/follow.ts';
export { Identities } from './engines/identities.ts';
export { received, unreadable } from './engines/received.ts';
export {
  type Attributes,
  type EventSource,
  foreignAttributes,
  gapEvent,
  type IncomingEvent,
  OWN_ATTRIBUTES,
} from './event.ts';
