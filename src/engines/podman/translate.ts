/** Translates Podman's event objects, which have Docker's shape with other words. */
import { type EventSource, type IncomingEvent, OwnEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { read, record, string } from '../docker/translate.ts';
import { withNoise } from '../noise.ts';

/** Podman's words for any type, and for one type, that differ from ours. */
const WORDS: Readonly<Record<string, string>> = {
  died: 'die',
  exec: 'exec_start',
  exec_died: 'exec_die',
  loadfromarchive: 'load',
  'container remove': 'destroy',
  'image remove': 'delete',
  'volume remove': 'destroy',
  'network remove': 'destroy',
  'pod remove': 'destroy',
};

/** Most containers whose last health is remembered. */
const CONTAINERS = 10_000;

/** Translates the objects of one session. Podman repeats a health state that has not changed. */
export class PodmanTranslator {
  readonly #source: EventSource;
  readonly #now: () => Instant;
  readonly #health = new Map<string, string>();

  constructor(source: EventSource, now: () => Instant) {
    this.#source = source;
    this.#now = now;
  }

  /**
   * Keeps the engine's own word as `engineAction` if ours differs. Volumes are identified by name,
   * and a network's event names its container.
   *
   * @throws Error if the text is not an object, or states no action
   */
  translate(text: string): IncomingEvent {
    const object = record(JSON.parse(text));
    const said = read(text, object, this.#source, this.#now);
    const { type, action: word } = said;
    const action = WORDS[`${type} ${word}`] ?? WORDS[word] ?? word;
    const health = word === 'health_status' ? string(object['HealthStatus']) : undefined;
    const event = new OwnEvent({
      ...said,
      action: health === undefined ? action : `${action}: ${health}`,
      id: idOf(said),
      attributes: attributesOf(said, action),
    });
    return withNoise(event, this.#repeats(event.id, health) ? 'health' : undefined);
  }

  #repeats(id: string, health: string | undefined): boolean {
    if (health === undefined) return false;
    const before = this.#health.get(id);
    this.#health.set(id, health);
    if (this.#health.size > CONTAINERS) this.#health.clear();
    return before === health;
  }
}

function idOf({ type, id, attributes }: IncomingEvent): string {
  if (type === 'volume' && id === '') return attributes['name'] ?? '';
  return type === 'network' ? (attributes['network'] ?? '') : id;
}

/** `containerExitCode` is in every event, but only valid at an end. */
function attributesOf(
  { type, id, action: word, attributes }: IncomingEvent,
  action: string,
): Record<string, string> {
  const { containerExitCode, podId = '', image = '', name = '', ...labels } = attributes;
  const code = containerExitCode ?? '';
  const ends = action === 'die' || (action === 'exec_die' && code !== '0');
  return {
    ...labels,
    ...(image === '' ? {} : { image }),
    ...(name === '' ? {} : { name }),
    ...(podId === '' ? {} : { podId }),
    ...(ends && code !== '' ? { exitCode: code } : {}),
    ...(type === 'network' && id !== '' ? { container: id } : {}),
    ...(action === word ? {} : { engineAction: word }),
  };
}
