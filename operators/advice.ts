/** The limits of an explanation, and the next places to look. */
import type { Death } from './explain.ts';

export interface Advice {
  /** Facts that events do not contain, one sentence each. */
  readonly unknown: readonly string[];
  /** The next places to look, one sentence or command each. */
  readonly next: readonly string[];
}

interface Dated {
  readonly timeNano: bigint;
  readonly action: string;
}

export interface AdviceOn {
  readonly status: 'died' | 'running' | 'not-started' | 'unknown';
  readonly death: Death<Dated> | undefined;
  readonly engine: string | undefined;
  /** The name, or the id, for commands. */
  readonly name: string;
  /** Count of gaps since the run began. */
  readonly gaps: number;
}

/** The command line client of an engine. */
const CLIENTS: Readonly<Record<string, string>> = {
  docker: 'docker',
  podman: 'podman',
  isulad: 'isula',
  monitor: 'isula',
  containerd: 'nerdctl',
  cri: 'crictl',
};

export function adviceOn(subject: AdviceOn): Advice {
  const { status, death, gaps } = subject;
  const missing = gaps > 0 ? ['Events are missing since this run began: the cause can be among them.'] : [];
  if (status === 'running' && death === undefined) return { unknown: missing, next: [] };
  if (status === 'not-started') {
    return {
      unknown: [...missing, 'Engines report a failed start only to the client that asked for it.'],
      next: [
        // Podman keeps no error of a start.
        subject.engine === 'podman'
          ? `podman start ${quoted(subject.name)}`
          : `${client(subject)} inspect --format '{{.State.Error}}' ${quoted(subject.name)}`,
      ],
    };
  }
  if (death === undefined) {
    return { unknown: [...missing, 'Its death was not seen: it may be older than the history.'], next: [] };
  }
  return { unknown: [...missing, ...unknownOf(death)], next: nextOf(death, subject) };
}

function unknownOf(death: Death<Dated>): readonly string[] {
  const { cause, requested, request, reconciled, event } = death;
  const known: string[] = [];
  if (reconciled) {
    known.push("The engine's list showed this death after an outage: the events before it were not seen.");
  }
  if (requested) known.push('Events do not say who asked for it.');
  if (request?.action === 'cleanup') {
    known.push('Podman reported no stop: a second clean-up shows that a stop was requested.');
  }
  if (requested) return known;
  if (cause === 'unexplained') {
    known.push('The sender of SIGKILL is not in the events; a program can also end with 137 by itself.');
    if (podman(event)) known.push('Podman reports no out-of-memory events: the kernel log does.');
  } else if (cause === 'crashed') known.push('The sender of the signal, if any, is not in the events.');
  else if (cause === 'unknown') known.push('The engine stated no exit code.');
  return known;
}

function podman(event: object): boolean {
  return (event as { source?: { engine?: string } }).source?.engine === 'podman';
}

function nextOf(death: Death<Dated>, subject: AdviceOn): readonly string[] {
  const { cause, exitCode } = death;
  const name = quoted(subject.name);
  const logs = `tidings why ${name} --logs 50`;
  const time = new Date(Number(death.event.timeNano / 1_000_000n)).toISOString();
  switch (cause) {
    case 'failed':
      if (exitCode === 127) return ['Compare the command with the PATH and the files of the image.', logs];
      if (exitCode === 126)
        return ['Check that the file is executable and made for this architecture.', logs];
      return [logs];
    case 'crashed':
      return [logs, 'Look for a core dump on the host: coredumpctl list'];
    case 'out-of-memory':
      return [
        `Compare the memory limit with the use: ${client(subject)} stats --no-stream ${name}`,
        `journalctl -k --since '${before(death, 60)}' | grep -i 'killed process'`,
      ];
    case 'unexplained':
      return [`journalctl -k --since '${before(death, 60)}' | grep -i 'killed process'`, logs];
    case 'grace-ran-out':
      return [
        'The first process did not end on the stop signal: handle it, run with --init, or set another stop signal.',
      ];
    case 'unhealthy':
      return [`${client(subject)} inspect --format '{{json .State.Health.Log}}' ${name}`, logs];
    case 'unknown':
      return [`${client(subject)} inspect ${name}`, logs];
    case 'finished':
    case 'stopped':
    case 'killed':
      return [`tidings events --no-follow -U ${time} --tail 20`];
    default:
      return cause satisfies never;
  }
}

/** A time for `journalctl`, in UTC, that many seconds before a death. */
function before(death: Death<Dated>, seconds: number): string {
  const millis = Number(death.event.timeNano / 1_000_000n) - seconds * 1000;
  return new Date(millis).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
}

function client({ engine = 'docker' }: AdviceOn): string {
  return CLIENTS[engine] ?? engine;
}

/** Quotes a name as one word of a shell: names are untrusted. */
function quoted(name: string): string {
  return /^[\w.@%+=:,/-]+$/.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
