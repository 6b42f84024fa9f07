/** `tidings engines`: the followed engines, and their state. */
import type { Command } from 'commander';
import { firstValueFrom, forkJoin, map, Observable, of, take, timeout } from 'rxjs';
import {
  askEngines,
  DaemonError,
  detectEngines,
  type EngineAnswer,
  type EngineStatus,
  type EngineTarget,
  followEngine,
  instant,
} from '../../src/index.ts';
import { Identities, stringify, unusable } from '../../src/internal.ts';
import { EXIT } from '../exit.ts';
import { type Io, say } from '../io.ts';
import { safe } from '../safe.ts';
import { columns } from '../render/columns.ts';
import { addPlaceOptions, type PlaceFlags, settle } from '../settings/place.ts';
import { failureOf } from '../source/event-stream.ts';

interface Flags extends PlaceFlags {
  readonly output: 'table' | 'json';
}

/** Time limit for an engine's answer without a daemon: in ms. */
const ANSWER_WITHIN = 5000;

const HEAD = [
  ...['ENGINE', 'STATE', 'VERSION', 'LAST EVENT', 'POSITION', 'CLOCK', 'RECONNECTS'],
  ...['ENDPOINT', 'ID', 'DETAIL'],
];

const EXAMPLES = `
Examples:
  tidings engines                              engines, their state and identity
  tidings engines -o json | jq -r .endpoint    one object per line

POSITION is where the stream continues after a lost connection, by the engine's
own clock: "oldest" for all that the engine keeps, "live" if it keeps nothing.
CLOCK is the engine's clock minus this machine's, in seconds. It has no effect.
Without a daemon, the command asks the engines of this machine.`;

export function define(command: Command, io: Io, exit: (code: number) => void): void {
  addPlaceOptions(
    command.addOption(
      command
        .createOption('-o, --output <format>', 'table or json')
        .choices(['table', 'json'])
        .default('table'),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => exit(await list(flags, io)));
}

async function list(flags: Flags, io: Io): Promise<number> {
  const { endpoint, token, explicitHost } = await settle(flags, io);
  const engines = await firstValueFrom(askEngines({ endpoint, token })).catch(async (error: unknown) => {
    const absent = error instanceof DaemonError && error.code === 'absent' && !explicitHost;
    if (!absent) throw failureOf(error);
    say(io, `${error.message}: asking the engines of this machine directly`);
    return await askDirectly(io);
  });
  const lines =
    flags.output === 'json' ? engines.map((each) => stringify(each)) : columns([HEAD, ...engines.map(row)]);
  io.stdout.write(lines.map((line) => `${line}\n`).join(''));
  return EXIT.done;
}

async function askDirectly(io: Io): Promise<readonly EngineAnswer[]> {
  for (const sentence of unusable(io.env)) say(io, sentence);
  const targets = detectEngines(io.env);
  if (targets.length === 0) say(io, 'no engine was found on this machine');
  const identities = new Identities();
  const answers = forkJoin(targets.map((target) => probe(target, identities)));
  return await firstValueFrom(answers, { defaultValue: [] });
}

/** Connects once, and reports the first final state. */
function probe({ engine, endpoint }: EngineTarget, identities: Identities): Observable<EngineAnswer> {
  const silent: EngineStatus = {
    source: { engine: engine.name, endpoint },
    state: 'retrying',
    detail: `no answer within ${ANSWER_WITHIN / 1000} s`,
  };
  return new Observable<EngineStatus>((subscriber) => {
    const onStatus = (status: EngineStatus): void => {
      if (status.state !== 'connecting') subscriber.next(status);
    };
    return followEngine(engine, { endpoint, history: false, onStatus, identities }).subscribe();
  }).pipe(
    take(1),
    timeout({ first: ANSWER_WITHIN, with: () => of(silent) }),
    map(({ source, state, detail, version, clockDifference, position }) => ({
      ...source,
      state,
      detail,
      ...(version === undefined ? {} : { version }),
      ...(position === undefined ? {} : { position: String(position()) }),
      ...(clockDifference === undefined ? {} : { clockDifference }),
    })),
  );
}

function row(each: EngineAnswer): string[] {
  const {
    engine,
    state,
    version = '-',
    lastEvent,
    position,
    clockDifference,
    reconnects = 0,
    endpoint = '-',
    id = '-',
  } = each;
  return [
    engine,
    state,
    version,
    time(lastEvent),
    time(position),
    clock(clockDifference),
    String(reconnects),
    endpoint,
    id,
    each.detail,
  ].map(safe);
}

/** A time in the local zone, or the word in its place. */
function time(nanoseconds: string = '-'): string {
  return /^\d+$/.test(nanoseconds)
    ? instant.format(BigInt(nanoseconds), { zone: 'local', digits: 0 })
    : nanoseconds;
}

function clock(difference: number | undefined): string {
  if (difference === undefined) return '-';
  // Readings are exact to a second.
  return Math.abs(difference) <= 1 ? 'equal' : `${difference > 0 ? '+' : ''}${difference} s`;
}
