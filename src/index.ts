export {
  type Collector,
  type CollectorOptions,
  type CollectorStatus,
  createCollector,
  type SubscribeOptions,
} from './collector/collector.ts';
export type { Archive, Span, Stretch, Window } from './collector/archive.ts';
export { formatCursor, parseCursor, type Position } from './collector/cursor.ts';
export type * from './collector/frames.ts';
export type { Query } from './collector/query.ts';
export type { FrameOptions } from './collector/frames-of.ts';
export type { Chunk, StreamCursor, StreamCursor as Reader } from './collector/stream-cursor.ts';
export {
  type Containers,
  type ContainersOptions,
  createContainers,
  type Listed,
} from './handlers/containers.ts';
export { explain, type ExplainRequest } from './handlers/explain.ts';
export { findContainer } from './handlers/find-container.ts';
export { type Condition, CONDITIONS, wait, WaitError, type Watched } from './handlers/wait.ts';
export { RulesError, type RulesProblem } from './handlers/rules/error.ts';
export { parseRules, readRules } from './handlers/rules/load.ts';
export type { Rule, RuleAction, When } from './handlers/rules/rule.ts';
export { createRules, type Rules, type RulesOptions, type RulesStatus } from './handlers/rules/index.ts';
export type { EngineControl, HealthCheck, Inspected } from './engines/control.ts';
export { formatRestartPolicy, parseRestartPolicy, type RestartPolicy } from './restart-policy.ts';
export { DaemonError, type DaemonErrorCode } from './client/error.ts';
export { parseEndpoint } from './client/endpoint.ts';
export { MAX_SOCKET_PATH } from './unix-path.ts';
export { framesIn } from './client/file.ts';
export { askContainers, type AskContainersOptions, type ContainersAnswer } from './client/containers.ts';
export { askEngines, type EngineAnswer } from './client/engines.ts';
export { followDaemon, type FollowDaemonOptions } from './client/follow.ts';
export type { ContainersAt } from './journal/states/containers-at.ts';
export type { Durability } from './journal/store/files.ts';
export {
  type Journal,
  type JournalOptions,
  journalIn,
  type JournalReader,
  openJournal,
  readJournal,
  type ReadJournalOptions,
} from './journal/journal.ts';
export type { JournalStatus } from './journal/write/recording.ts';
export { importEvents, type Imported, type ImportOptions } from './journal/write/import.ts';
export { inspectJournal, type JournalReport } from './journal/read/inspect.ts';
export { memoryStore } from './journal/store/memory.ts';
export type { StateGap } from './journal/states/fold.ts';
export type { Piece, Store, StoredFile } from './journal/store/store.ts';
export { dockerAction, dockerAttributes, dockerJson } from './encoders/docker.ts';
export { encoders, type LineContext, type LineEncoder } from './encoders/index.ts';
export { encodeFrame } from './encoders/ndjson.ts';
export { stringify } from './encoders/json-text.ts';
export { type LimitName, LIMITS, type LimitValues } from './server/limits.ts';
export { version } from './version.ts';
export * as instant from './instant.ts';
export { nowNano } from './clock.ts';
export { type Log, silent } from './log.ts';
export { gapEvent, isGap } from './event.ts';
export type { Attributes, EngineEvent, EventSource, GapReason, IncomingEvent } from './event.ts';
export { followDocker } from './engines/docker/index.ts';
export { followEngine } from './engines/follow.ts';
export type { Engine, EngineState, EngineStatus, FollowOptions } from './engines/engine.ts';
export { type ProcessOptions, type Processes, startProcesses } from './engines/process.ts';
export type { ContainerSpec } from './engines/process/container.ts';
export type { Life } from './engines/process/lives.ts';
export { Identities } from './engines/identities.ts';
export {
  chooseEngines,
  detectEngines,
  engines,
  type EngineTarget,
  parseEngine,
  unusable,
} from './engines/index.ts';
export { type Daemon, startDaemon } from './daemon/index.ts';
export type { DaemonOptions } from './daemon/options.ts';
export type { EngineReport, TcpOptions } from './server/index.ts';
export { checkTcp } from './server/http/tcp.ts';
export { DaemonStartError } from './daemon/start-error.ts';
export { acquireLock, type Holder, type Lock, LockError, type LockErrorCode } from './lock.ts';
export { MonitorError, type MonitorErrorCode } from './monitor/error.ts';
export { type Monitor, type MonitorOptions, type MonitorStatus, openMonitor } from './monitor/monitor.ts';
export {
  type ContainerEventOptions,
  type ImageEventOptions,
  sendContainerEvent,
  sendImageEvent,
} from './monitor/send.ts';
export { CONTAINER_STATES, type ContainerState, IMAGE_STATES, type ImageState } from './monitor/states.ts';
