/**
 * Exports for the command only, in addition to the public entry points. The package does not export
 * this file.
 */
export { parseEndpoint } from './client/endpoint.ts';
export { askForwarders } from './client/ask-forwarders.ts';
export { FileError } from './checked-file/error.ts';
export { dockerAction, dockerAttributes, dockerJson } from './encoders/docker.ts';
export { gapFrame } from './collector/frames.ts';
export { frameBlocks } from './encoders/frame-blocks.ts';
export { stringify } from './encoders/json-text.ts';
export { JsonWriter } from './encoders/json-writer.ts';
export { Packer } from './encoders/packed.ts';
export { RETENTION } from './journal/write/retention.ts';
export { LockError } from './lock.ts';
export type { ImageState, MonitorState } from './monitor/state-codes.ts';
export { formatRestartPolicy } from './restart-policy.ts';
export { checkTcp } from './server/http/tcp.ts';
export type { TcpOptions } from './server/index.ts';
export { type LimitName, LIMITS, type LimitValues } from './server/client-limits.ts';
export { MAX_SOCKET_PATH } from './unix-path.ts';
export { whatHappened } from './engines/failure.ts';
export type { EngineControl, HealthCheck } from './engines/control.ts';
export { FollowedEngines } from './engines/followed.ts';
export { Identities } from './engines/identities.ts';
export { unusable } from './engines/index.ts';
export { ForwardError } from './forward/error.ts';
export type { Forwarder, ForwarderStatus } from './forward/index.ts';
export { checkForwarders, readForwarders } from './forward/load-forwarders.ts';
export { trySink } from './forward/try.ts';
export type { AlertSettings } from './handlers/alerts/alert.ts';
export { rehearse } from './handlers/alerts/rehearse-alerts.ts';
export { checkRules } from './handlers/rules/load.ts';
export { type CommandEnd, runCommand } from './handlers/actions/command.ts';
export { Slots } from './handlers/actions/slots.ts';
export { findContainers } from './handlers/find-container.ts';
export { waitForAny } from './handlers/wait-for-container.ts';
export { backoff } from './backoff.ts';
export { type Gateway, openGateway } from './gateway/gateway.ts';
export { ListenError } from './server/listen-error.ts';
export { askHost, type HostAnswer } from './client/ask-host.ts';
export { singlePage } from './server/page/files.ts';
export { checkNatsUrl } from './fleet/nats.ts';
export { natsFromEnvironment } from './fleet/nats-environment.ts';
export { type HostPosition, POSITION, readPositions, writePositions } from './fleet/host-position.ts';
export type { FleetEvent } from './fleet/fleet-order.ts';
export { readFleet } from './fleet/read-fleet.ts';
