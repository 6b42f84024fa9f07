/**
 * `tidings`: follow container engines, collect their events in one stream, react to them and serve
 * them. Authors of engines use `tidings/engine`, the history is in `tidings/journal`, and operators
 * are in `tidings/operators`.
 *
 * @module tidings
 */

// Events and instants.
export {
  type Attributes,
  type EngineEvent,
  type EventSource,
  gapEvent,
  type GapReason,
  type IncomingEvent,
  isGap,
} from './event.ts';
export * as instant from './instant.ts';
export { nowNano } from './clock.ts';

// Engines: find and follow them.
export { chooseEngines, detectEngines, engines, type EngineTarget, parseEngine } from './engines/index.ts';
export { followDocker } from './engines/docker/index.ts';
export { followEngine } from './engines/follow.ts';
export type { Engine, EngineState, EngineStatus, FollowOptions } from './engines/engine.ts';

// The monitor FIFO: receive and send.
export { MonitorError, type MonitorErrorCode } from './monitor/error.ts';
export { type Monitor, type MonitorOptions, type MonitorStatus, openMonitor } from './monitor/monitor.ts';
export {
  type ContainerEventOptions,
  type ImageEventOptions,
  sendContainerEvent,
  sendImageEvent,
} from './monitor/send.ts';
export { CONTAINER_STATES, IMAGE_STATES } from './monitor/state-codes.ts';

// The collector: one numbered, replayable stream.
export {
  type Collector,
  type CollectorStatus,
  createCollector,
  type SubscribeOptions,
} from './collector/collector.ts';
export { formatCursor, parseCursor } from './collector/cursor.ts';
export type {
  BookmarkFrame,
  EndFrame,
  EventFrame,
  Frame,
  GapFrame,
  ReadyFrame,
  ReplayEndFrame,
} from './collector/frames.ts';
export type { CollectorOptions } from './collector/stream.ts';
export type { FrameOptions } from './collector/subscription.ts';
export type { Query } from './collector/query.ts';

// Reactions: states of containers, waits and rules.
export {
  type Containers,
  type ContainersOptions,
  createContainers,
  type Listed,
} from './handlers/containers.ts';
export { explain, type ExplainRequest } from './handlers/explain-containers.ts';
export { findContainer } from './handlers/find-container.ts';
export { type Condition, CONDITIONS, wait, WaitError, type Watched } from './handlers/wait-for-container.ts';
export { RulesError, type RulesProblem } from './handlers/rules/error.ts';
export { createRules, type Rules, type RulesOptions, type RulesStatus } from './handlers/rules/index.ts';
export { parseRules, readRules } from './handlers/rules/load.ts';
export type { Rule, RuleAction, When } from './handlers/rules/rule.ts';

// A daemon: start one, or read one.
export { type Daemon, startDaemon } from './daemon/index.ts';
export type { DaemonOptions } from './daemon/options.ts';
export { DaemonStartError } from './daemon/start-error.ts';
export { askContainers, type AskContainersOptions, type ContainersAnswer } from './client/ask-containers.ts';
export { askEngines, type EngineAnswer } from './client/ask-engines.ts';
export { DaemonError, type DaemonErrorCode } from './client/error.ts';
export { framesIn } from './client/file.ts';
export { followDaemon, type FollowDaemonOptions } from './client/follow.ts';

// Events as lines.
export { encoders, type LineContext, type LineEncoder } from './encoders/index.ts';
export { encodeFrame } from './encoders/ndjson.ts';

export type { Log } from './log.ts';
export { version } from './version.ts';

// Moved to `tidings/journal`; deprecated here, until 1.0.
export { openJournal, readJournal } from './journal/journal.ts';
