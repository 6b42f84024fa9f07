/** The known engines, and their names in `--engine`. */
import { realpathSync } from 'node:fs';
import type { Observable } from 'rxjs';
import type { IncomingEvent } from '../event.ts';
import { containerd } from './containerd/index.ts';
import { cri } from './cri/index.ts';
import { docker } from './docker/index.ts';
import type { Engine, Environment, FollowOptions, StreamEngine } from './engine.ts';
import { fleet } from './fleet/index.ts';
import { followEngine } from './follow.ts';
import { isulad } from './isulad/index.ts';
import { podman } from './podman/index.ts';
import { isThere, socketPath } from './unix-endpoint.ts';

/** An engine of the list. */
export type KnownEngine = (Engine | (StreamEngine & { readonly [K in OfSessions]?: undefined })) & {
  /** @deprecated `followEngine(engine, options)` */
  follow(options: FollowOptions): Observable<IncomingEvent>;
};

type OfSessions = 'control' | 'yieldsTo';

/** A new engine is a new folder and one line here. */
const ALL: readonly (Engine | StreamEngine)[] = [docker, podman, containerd, cri, isulad, fleet];

/** Every engine. */
export const engines: readonly KnownEngine[] = ALL.map((engine) => ({
  ...engine,
  follow: (options) => followEngine(engine, options),
}));

/** One engine at one endpoint. */
export interface EngineTarget {
  readonly engine: KnownEngine;
  readonly endpoint: string;
}

/** Detects the engines on this machine, each endpoint once. */
export function detectEngines(environment: Environment = process.env): readonly EngineTarget[] {
  return withoutRepeats(
    engines.flatMap((engine) =>
      engine.detect(environment).flatMap((endpoint) => {
        try {
          return [{ engine, endpoint: engine.checkEndpoint(endpoint) }];
        } catch {
          return []; // See `unusable`.
        }
      }),
    ),
  );
}

/** Variables that can name an engine. */
const NAMING = [
  ['DOCKER_HOST', docker],
  ['CONTAINER_HOST', podman],
  ['CONTAINERD_ADDRESS', containerd],
  ['ISULAD_HOST', isulad],
] as const;

/**
 * Sentences about engines that the environment names but that cannot be followed, with the reason.
 */
export function unusable(environment: Environment = process.env): readonly string[] {
  return NAMING.flatMap(([name, engine]) => {
    const endpoint = environment[name] ?? '';
    if (endpoint === '') return [];
    try {
      return isThere(engine.checkEndpoint(endpoint))
        ? []
        : [`${name}=${endpoint} is not followed: there is no such socket`];
    } catch (error) {
      return [`${name} is not followed: ${(error as Error).message}`];
    }
  });
}

/**
 * Values of `--engine` other than engines: detected engines, none, and the built-in one (see
 * `startProcesses`).
 */
const WORDS = ['auto', 'none', 'process'] as const;
type Word = (typeof WORDS)[number];

/**
 * Parses one value of `--engine`: `auto`, `none`, `process`, `NAME` or `NAME=ENDPOINT`. A bare name
 * uses the detected endpoint, or the default one if none is detected.
 *
 * @throws RangeError if the engine is unknown, or the endpoint is invalid for it
 */
export function parseEngine(text: string, environment: Environment = process.env): Word | EngineTarget {
  const word = WORDS.find((each) => each === text);
  if (word !== undefined) return word;
  const [name = '', ...rest] = text.split('=');
  const engine = engines.find((candidate) => candidate.name === name);
  if (engine === undefined) {
    const known = [...WORDS, ...engines.map((one) => `${one.name}[=unix:///path/of/socket]`)];
    throw new RangeError(`unknown engine ${JSON.stringify(name)}: known are ${known.join(', ')}`);
  }
  const endpoint =
    rest.length > 0 ? rest.join('=') : (engine.detect(environment)[0] ?? engine.defaultEndpoint);
  return { engine, endpoint: engine.checkEndpoint(endpoint) };
}

/**
 * The engines that all values of `--engine` select together, each endpoint once. No value means
 * `auto`.
 *
 * @throws RangeError as {@link parseEngine}, and if `none` is combined with others
 */
export function chooseEngines(
  texts: readonly string[],
  environment: Environment = process.env,
): readonly EngineTarget[] {
  const choices = choicesOf(texts, environment);
  if (choices.includes('none') && choices.some((choice) => choice !== 'none')) {
    throw new RangeError(`engine none excludes all others, given are ${texts.join(', ')}: leave either out`);
  }
  return withoutRepeats(
    choices.flatMap((choice) => {
      if (choice === 'none' || choice === 'process') return [];
      return choice === 'auto' ? detectEngines(environment) : [choice];
    }),
  );
}

/**
 * Tests whether the built-in engine should run: it was `asked` for, or detection `found` no engine.
 *
 * @throws RangeError as {@link chooseEngines}
 */
export function chooseProcesses(
  texts: readonly string[],
  environment: Environment = process.env,
): 'asked' | 'nothing found' | undefined {
  const choices = choicesOf(texts, environment);
  if (choices.includes('process')) return 'asked';
  return choices.includes('auto') && chooseEngines(texts, environment).length === 0
    ? 'nothing found'
    : undefined;
}

function choicesOf(texts: readonly string[], environment: Environment): (Word | EngineTarget)[] {
  return (texts.length === 0 ? ['auto'] : texts).map((text) => parseEngine(text, environment));
}

/**
 * Removes repeats: two paths of one socket (`/var/run` links to `/run`) would bring every event
 * twice.
 */
function withoutRepeats(targets: readonly EngineTarget[]): readonly EngineTarget[] {
  const seen = new Set<string>();
  return targets.filter(({ engine, endpoint }) => {
    // The kind of engine belongs to the key: Podman may answer at the path of Docker.
    const place = `${engine.name} ${realPath(endpoint)}`;
    return !seen.has(place) && seen.add(place);
  });
}

function realPath(endpoint: string): string {
  try {
    return realpathSync(socketPath(endpoint));
  } catch {
    return endpoint; // Not there yet, or not a path.
  }
}
