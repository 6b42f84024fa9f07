/** Converts Docker's description of a container (`GET /containers/{id}/json`) to a state. */
import type { ContainerState, Health, Phase } from '../../../operators/container-state.ts';
import * as instant from '../../instant.ts';
import { isInRange } from '../../instant-range.ts';
import type { HealthCheck, Inspected } from '../control.ts';

/** Docker's words (moby, `container/state.go`). `removing` comes after the end. */
const PHASES: Readonly<Record<string, Phase>> = {
  created: 'created',
  running: 'running',
  paused: 'paused',
  restarting: 'restarting',
  removing: 'exited',
  exited: 'exited',
  dead: 'dead',
};

const HEALTH = new Set(['starting', 'healthy', 'unhealthy']);

/**
 * Reads a description. Missing or invalid fields are left out, except for the id.
 *
 * @throws Error if the value does not describe a container
 */
export function readInspected(value: unknown, engine: string): Inspected {
  const object = record(value);
  const id = text(object['Id']);
  if (id === undefined) throw new Error('it describes no container: there is no Id');
  const details = record(object['State']);
  const config = record(object['Config']);
  const policy = record(record(object['HostConfig'])['RestartPolicy']);
  const phase = PHASES[text(details['Status']) ?? ''] ?? 'unknown';
  const labels = strings(record(config['Labels']));
  const kept = bounded(labels);
  const leftOut = Object.keys(labels).length - Object.keys(kept).length;
  const name = text(object['Name'])?.replace(/^\//, '');
  return {
    state: {
      id,
      engine,
      ...(name === undefined ? {} : { name }),
      ...optional('image', text(config['Image'])),
      state: phase,
      labels: kept,
      ...run(phase, details),
      ...optional('createdAt', time(object['Created'])),
      restarts: whole(object['RestartCount']) ?? 0,
      oomKilled: details['OOMKilled'] === true,
      ...optional('health', health(record(details['Health'])['Status'])),
    },
    restartPolicy: policyText(policy),
    ...optional('error', text(details['Error'])),
    ...optional('checks', checks(record(details['Health'])['Log'])),
    ...optional('labelsLeftOut', leftOut === 0 ? undefined : leftOut),
  };
}

/**
 * Reads a container of a list (`GET /containers/json`): less than {@link readInspected}.
 *
 * @throws Error if it has no id
 */
export function readListed(value: unknown, engine: string): ContainerState {
  const object = record(value);
  const id = text(object['Id']);
  if (id === undefined) throw new Error('it lists a container without an Id');
  const { Names: names } = object;
  const name = Array.isArray(names) ? text(names[0])?.replace(/^\//, '') : undefined;
  return {
    ...{ id, engine },
    ...optional('name', name),
    ...optional('image', text(object['Image'])),
    state: PHASES[text(object['State']) ?? ''] ?? 'unknown',
    labels: bounded(strings(record(object['Labels']))),
    restarts: 0,
    oomKilled: false,
  };
}

/**
 * Fields of the run: the pid of a running container, the exit code of an ended one (Docker sets it
 * to 0 at each start).
 */
function run(phase: Phase, details: Readonly<Record<string, unknown>>): Partial<ContainerState> {
  const on = phase === 'running' || phase === 'paused';
  const finishedAt = time(details['FinishedAt']);
  const pid = whole(details['Pid']);
  return {
    ...(on && pid !== undefined && pid > 0 ? { pid } : {}),
    ...optional('exitCode', on || finishedAt === undefined ? undefined : whole(details['ExitCode'])),
    ...optional('startedAt', time(details['StartedAt'])),
    ...optional('finishedAt', finishedAt),
  };
}

function policyText(policy: Readonly<Record<string, unknown>>): string | undefined {
  const name = text(policy['Name']);
  if (name === undefined || name === 'no') return undefined;
  const most = whole(policy['MaximumRetryCount']) ?? 0;
  return most > 0 ? `${name}:${most}` : name;
}

/** Docker keeps the newest five checks, with 4,096 bytes of output each. */
function checks(log: unknown): readonly HealthCheck[] | undefined {
  if (!Array.isArray(log) || log.length === 0) return undefined;
  return log.slice(-5).flatMap((each: unknown) => {
    const { Start, ExitCode, Output } = record(each);
    const started = time(Start);
    if (started === undefined) return [];
    return [{ time: started, exitCode: whole(ExitCode) ?? -1, output: (text(Output) ?? '').slice(0, 4096) }];
  });
}

function health(value: unknown): Health | undefined {
  return typeof value === 'string' && HEALTH.has(value) ? (value as Health) : undefined;
}

/**
 * Docker's `0001-01-01T00:00:00Z` means never. Words for times, such as `today`, are invalid here.
 */
function time(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value) || value.startsWith('0001-'))
    return undefined;
  try {
    const parsed = instant.parse(value);
    return isInRange(parsed) ? String(parsed) : undefined;
  } catch {
    return undefined;
  }
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function whole(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

/** Most characters of labels kept for a container: 10,000 containers are kept in memory. */
const LABELS = 8 * 1024;

/** The labels within the limit. */
function bounded(labels: Record<string, string>): Record<string, string> {
  let size = 0;
  const kept = Object.entries(labels).filter(([key, value]) => {
    const own = key.length + value.length;
    if (size + own > LABELS) return false;
    size += own;
    return true;
  });
  return kept.length === Object.keys(labels).length ? labels : Object.fromEntries(kept);
}

/** Built from entries, so that a label `__proto__` stays a label. */
function strings(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
