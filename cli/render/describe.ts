/** Describes an event: its subject, its action, and the details that explain it. */
import {
  type ContainerState,
  createExplainer,
  type Death,
  explainDeath,
  type Illness,
} from '../../operators/index.ts';
import { exitMeaning, signalName, signalNumber } from '../../operators/index.ts';
import type { EngineEvent } from '../../src/index.ts';
import { safe } from '../safe.ts';
import type { Glyphs } from './glyphs.ts';
import type { Tone } from './theme.ts';
import { oldName } from '../../operators/old-name.ts';

export interface Description {
  /** The subject: a compose `project/service`, a name, or an id. */
  readonly label: string;
  /** The word of the action. */
  readonly verb: string;
  readonly tone: Tone;
  readonly glyph?: keyof Glyphs | undefined;
  readonly details: readonly string[];
}

export interface Describer {
  describe(event: EngineEvent): Description;
}

/** Most containers remembered by name, for networks and volumes that refer to them by id. */
const MOST_LABELS = 10_000;

/** @param seed containers that run already: their names and start times */
export function createDescriber(seed: Iterable<ContainerState> = []): Describer {
  const known = [...seed];
  const explainer = createExplainer<EngineEvent>({ seed: known });
  const late = new LateEvidence();
  const labels = new Map<string, string>();
  for (const { id, name, labels: attributes } of known) {
    if (name !== undefined) labels.set(id, labelOf({ id, name, attributes, type: 'container' }));
  }
  return {
    describe: (event) => {
      const revised = late.explain(event);
      const verdict = explainer.explain(event) ?? revised;
      const label = labelOf(event);
      if (event.type === 'container' && event.id !== '') {
        if (labels.size >= MOST_LABELS) labels.clear();
        labels.set(event.id, label);
      }
      const described = event.type === 'container' ? ofContainer(event, verdict) : ofOther(event, labels);
      return { label, verb: safe(event.action), tone: 'quiet', ...described };
    },
  };
}

/**
 * Podman 4 shows some stops only after the death, by a second clean-up: the death is then explained
 * again.
 */
class LateEvidence {
  readonly #ends = new Map<string, EngineEvent[]>();

  explain(event: EngineEvent): Death<EngineEvent> | undefined {
    const { id, action, source } = event;
    if (source.engine !== 'podman') return undefined;
    if (action === 'start') this.#ends.delete(id);
    else if (action === 'die') {
      if (this.#ends.size >= MOST_LABELS) this.#ends.clear();
      this.#ends.set(id, [event]);
    }
    const end = this.#ends.get(id);
    if (end?.[0] === undefined || action !== 'cleanup') return undefined;
    end.push(event);
    if (end.length < 3) return undefined;
    this.#ends.delete(id);
    const death = explainDeath(end[0], end);
    return death.requested ? death : undefined;
  }
}

type Subject = Pick<EngineEvent, 'id' | 'name' | 'attributes' | 'type'> & {
  readonly source?: { readonly host?: string | undefined } | undefined;
};

/**
 * The name for people: `project/service` for a service of compose, with `.2` for its second
 * container.
 */
export function labelOf({ source, ...subject }: Subject): string {
  const label = ownLabelOf(subject);
  return source?.host === undefined || subject.type === 'host' ? label : `${safe(source.host)}:${label}`;
}

function ownLabelOf({ id, name, attributes, type }: Subject): string {
  const project = attributes['com.docker.compose.project'];
  const service = attributes['com.docker.compose.service'];
  const number = attributes['com.docker.compose.container-number'] ?? '1';
  if (type === 'container' && project && service) {
    return safe(`${project}/${service}${number === '1' ? '' : `.${number}`}`);
  }
  return safe((name && shortId(name)) || shortId(id) || type);
}

/** An id in its usual short form: 12 digits. */
export function shortId(id: string): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(id) ? id.replace('sha256:', '').slice(0, 12) : id;
}

type Part = Partial<Description> & Pick<Description, 'details'>;

function ofContainer(event: EngineEvent, verdict: Death<unknown> | Illness<unknown> | undefined): Part {
  const { action, attributes } = event;
  const image = shown([attributes['image']]);
  if (verdict?.kind === 'death') return ofDeath(verdict);
  if (verdict?.kind === 'illness') {
    const details = verdict.summary === 'unhealthy' ? [] : [verdict.summary];
    return { verb: 'unhealthy', tone: 'alarm', glyph: 'health', details };
  }
  const [word, rest] = split(action);
  if (word === 'health_status') {
    const status = rest ?? attributes['health_status'] ?? '';
    return {
      verb: safe(status || word),
      tone: status === 'healthy' ? 'good' : 'warning',
      glyph: 'health',
      details: [],
    };
  }
  if (word.startsWith('exec_')) {
    const code = attributes['exitCode'];
    const details = shown([rest, attributes['args'], code === undefined ? undefined : exitOf(code)]);
    return { verb: safe(word), tone: 'quiet', details };
  }
  switch (action) {
    case 'die': {
      const code = attributes['exitCode'];
      const details = [...shown([code === undefined ? undefined : exitOf(code)]), '(of a run before)'];
      return { tone: 'quiet', details };
    }
    case 'create':
      return { tone: 'neutral', details: image };
    case 'start':
      return { tone: 'good', glyph: 'start', details: image };
    case 'restart':
      return { tone: 'good', glyph: 'loop', details: [] };
    case 'oom':
      return { tone: 'alarm', glyph: 'alarm', details: ['out of memory'] };
    case 'kill': {
      const signal = signalNumber(attributes['signal']);
      return { tone: 'warning', details: signal === undefined ? [] : [signalName(signal)] };
    }
    case 'pause':
      return { tone: 'warning', glyph: 'pause', details: [] };
    case 'unpause':
      return { tone: 'good', glyph: 'start', details: [] };
    case 'rename':
      return {
        tone: 'warning',
        details: shown([oldName(attributes)]).map((old) => `was ${old}`),
      };
    case 'stop':
      return { tone: 'warning', details: [] };
    case 'destroy':
    case 'remove':
    case 'delete':
      return { tone: 'gone', details: [] };
  }
  return { tone: 'quiet', details: rules(attributes) };
}

function ofDeath({ alarming, requested, summary, reconciled }: Death<unknown>): Part {
  const details = [safe(summary), ...(reconciled ? ['(seen in the list after an outage)'] : [])];
  if (alarming) return { tone: 'alarm', glyph: 'alarm', details };
  return { tone: 'neutral', glyph: requested ? 'request' : 'done', details };
}

/** A network or volume is named by its container; other objects by themselves. */
function ofOther(event: EngineEvent, labels: ReadonlyMap<string, string>): Part {
  const { type, action, attributes } = event;
  const own = labelOf(event);
  const container = attributes['container'] ?? '';
  const tone: Tone = /^(destroy|remove|delete|untag|prune)$/.test(action) ? 'gone' : 'quiet';
  if (container !== '' && (type === 'network' || type === 'volume')) {
    const place = attributes['destination'];
    const details = [`${type} ${own}`, ...shown([place]).map((path) => `at ${path}`)];
    return { label: labels.get(container) ?? safe(shortId(container)), tone, details };
  }
  const word = own === type ? [] : [safe(type)];
  return { tone: tone === 'quiet' ? 'neutral' : tone, details: [...word, ...rules(attributes)] };
}

/** Splits `exec_create: sh -c x` into its two parts. */
function split(action: string): readonly [string, string | undefined] {
  const at = action.indexOf(':');
  return at < 0 ? [action, undefined] : [action.slice(0, at), action.slice(at + 1).trim()];
}

function exitOf(code: string): string {
  const meaning = /^\d{1,10}$/.test(code) ? exitMeaning(Number(code)) : undefined;
  return `exit ${code}${meaning === undefined ? '' : ` (${meaning})`}`;
}

function shown(values: readonly (string | undefined)[]): string[] {
  return values.filter((value): value is string => value !== undefined && value !== '').map(safe);
}

/** Other attributes worth printing: those of rules. */
const OTHERS = ['exitCode', 'rule', 'does', 'result', 'reason', 'detail', 'count'];

function rules(attributes: EngineEvent['attributes']): string[] {
  return OTHERS.filter((key) => Object.hasOwn(attributes, key) && attributes[key] !== '').map(
    (key) => `${key}=${safe(attributes[key] as string)}`,
  );
}
