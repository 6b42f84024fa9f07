/**
 * Events of a real Docker 20.10, in `test/recordings/`: lines as `tidings events -o json` prints
 * them.
 */
import { readFileSync } from 'node:fs';
import { decodeFrame } from '../../src/encoders/ndjson.ts';
import type { EngineEvent } from '../../src/event.ts';

/**
 * `crash-loop`: a container that fails at once, restarted by Docker six times; `deaths`: every way
 * in which containers die; `health`: one that becomes unhealthy and is restarted; `proxied`:
 * containers with and without the label `proxy.port`, one renamed, paused, restarted, all removed;
 * `verdicts`: each cause of a death once more, with health checks, a command that does not exist,
 * `docker restart`, `docker rm -f`, and an end of the daemon that takes a container with it.
 */
export type Recording = 'crash-loop' | 'deaths' | 'health' | 'proxied' | 'verdicts';

/** The events of a recording, in the order in which they came. */
export function recorded(name: Recording): EngineEvent[] {
  return eventsIn(readFileSync(new URL(`../recordings/${name}.ndjson`, import.meta.url), 'utf8'));
}

/** The events of NDJSON lines. */
export function eventsIn(lines: string): EngineEvent[] {
  return lines
    .trimEnd()
    .split('\n')
    .map(decodeFrame)
    .flatMap((frame) => (frame.kind === 'event' ? [frame.event] : []));
}
