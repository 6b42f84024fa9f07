/**
 * Events as views on their template: a condition that looks only at what the template holds is
 * tested once for all of its events.
 */
import type { Attributes, EngineEvent, EventSource } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { unpair } from './event-codec.ts';
import { countVarying } from './dictionary.ts';
import { FIELDS, type Skeleton, VARIES } from './templates.ts';
import { ABSENT } from './event-rows.ts';

/** A condition on events. */
export type Condition = (event: EngineEvent) => boolean;

/** Results of a condition for an action of a template. */
const UNKNOWN = 0;
const NO = 1;
const YES = 2;
/** The condition looks at what varies. */
const VARIOUS = 3;

/** Most results that are remembered for one condition: in bytes. */
const REMEMBERED = 2 ** 22;

/** Values of one event that its template does not hold. */
export interface Particulars {
  timeOf(index: number): Instant;
  seqOf(index: number): number;
  valueOf(index: number, position: number): string;
}

/** The templates of a dictionary as events. */
export class Views {
  readonly skeleton: Skeleton;
  /** Count of the dictionary's texts. */
  readonly textCount: number;
  /** Count of values that vary, by template. */
  readonly varying: Int32Array;
  /** Count of conditions tested so far, rather than remembered. */
  tested = 0;
  /** The texts of the actions. */
  readonly actions: readonly string[];
  /** True for each action that is a rename. */
  readonly renames: readonly boolean[];
  readonly #views: (View | undefined)[] = [];
  readonly #results = new WeakMap<Condition, Uint8Array>();
  readonly #moment: Moment = { batch: undefined, index: 0, action: '', isTouched: false };

  constructor(skeleton: Skeleton) {
    this.skeleton = skeleton;
    this.textCount = skeleton.texts.length;
    this.varying = countVarying(skeleton);
    this.actions = Array.from({ length: skeleton.actions.length }, (_, i) =>
      skeleton.texts.get(skeleton.actions[i] as number),
    );
    this.renames = this.actions.map((action) => action === 'rename');
  }

  /** Tests an event of a batch. */
  test(condition: Condition, template: number, action: number, batch: Particulars, index: number): boolean {
    const results = this.#resultsOf(condition);
    const at = template * this.actions.length + action;
    const known = results[at] ?? UNKNOWN;
    if (known === YES || known === NO) return known === YES;
    const moment = this.#moment;
    moment.batch = batch;
    moment.index = index;
    moment.action = this.actions[action] as string;
    moment.isTouched = false;
    this.tested++;
    const result = condition(this.of(template));
    if (known === UNKNOWN) results[at] = moment.isTouched ? VARIOUS : result ? YES : NO;
    return result;
  }

  /** The view of a template. */
  of(template: number): View {
    return (this.#views[template] ??= new View(this.skeleton, template, this.#moment));
  }

  #resultsOf(condition: Condition): Uint8Array {
    let results = this.#results.get(condition);
    if (results === undefined) {
      const length = this.skeleton.starts.length * this.actions.length;
      results = new Uint8Array(length <= REMEMBERED ? length : 0);
      this.#results.set(condition, results);
    }
    return results;
  }
}

/** The event that the views show. */
interface Moment {
  batch: Particulars | undefined;
  index: number;
  action: string;
  /** True once something was read that the template does not hold. */
  isTouched: boolean;
}

/** A template as an event. Its attributes are made when they are asked for. */
export class View implements EngineEvent {
  readonly type: string;
  readonly id: string;
  readonly name: string | undefined;
  readonly scope: string | undefined;
  readonly source: EventSource;
  readonly #skeleton: Skeleton;
  readonly #template: number;
  readonly #moment: Moment;
  #shown: Attributes | undefined;
  #parts: Parts | undefined;

  constructor(skeleton: Skeleton, template: number, moment: Moment) {
    const { texts, starts, fields } = skeleton;
    this.#skeleton = skeleton;
    this.#template = template;
    this.#moment = moment;
    const start = starts[template] as number;
    const textAt = (place: number): string | undefined => {
      const reference = fields[start + place] as number;
      return reference === ABSENT ? undefined : texts.get(reference);
    };
    const [type = '', scope] = unpair(textAt(1));
    this.type = type;
    this.scope = scope;
    this.id = textAt(2) ?? '';
    this.name = textAt(3);
    const [endpoint, id] = unpair(textAt(5));
    const [engine = '', host] = unpair(textAt(4));
    this.source = {
      engine,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(id === undefined ? {} : { id }),
      ...(host === undefined ? {} : { host }),
    };
  }

  /** Attributes; what varies is read from the event of the moment. */
  get attributes(): Attributes {
    return (this.#shown ??= this.#show());
  }

  get action(): string {
    return this.#moment.action;
  }

  get timeNano(): Instant {
    this.#moment.isTouched = true;
    return this.#moment.batch?.timeOf(this.#moment.index) ?? 0n;
  }

  get seq(): number {
    this.#moment.isTouched = true;
    return this.#moment.batch?.seqOf(this.#moment.index) ?? 0;
  }

  /** Makes the event itself. */
  make(action: string, batch: Particulars, index: number): EngineEvent {
    const { type, id, name, scope, source } = this;
    const { fixed, varying } = (this.#parts ??= this.#split());
    const attributes = varying.length === 0 ? fixed : { ...fixed };
    for (const [i, key] of varying.entries()) attributes[key] = batch.valueOf(index, i);
    const [timeNano, seq] = [batch.timeOf(index), batch.seqOf(index)];
    const event = { timeNano, type, action, id, name, attributes, source, seq };
    return scope === undefined ? event : { ...event, scope };
  }

  #show(): Attributes {
    const attributes: Record<string, string> = {};
    let position = 0;
    for (const [key, text] of this.#pairs()) {
      if (text === undefined) show(attributes, key, this.#moment, position++);
      else set(attributes, key, text);
    }
    return attributes;
  }

  #split(): Parts {
    const fixed: Record<string, string> = {};
    const varying: string[] = [];
    for (const [key, text] of this.#pairs()) {
      set(fixed, key, text ?? '');
      if (text === undefined) varying.push(key);
    }
    // All events of a template without such values share their attributes.
    return { fixed: varying.length === 0 ? Object.freeze(fixed) : fixed, varying };
  }

  /** Keys and texts of the attributes; undefined for a value that varies. */
  #pairs(): (readonly [key: string, text: string | undefined])[] {
    const { texts, shapes, starts, fields } = this.#skeleton;
    const start = starts[this.#template] as number;
    return (shapes[fields[start] as number] ?? []).map((key, i) => {
      const value = fields[start + FIELDS + i] as number;
      return [texts.get(key), value === VARIES ? undefined : texts.get(value)] as const;
    });
  }
}

/** Attributes of the events of a template. */
interface Parts {
  /** With an empty text for each value that varies. */
  readonly fixed: Record<string, string>;
  /** Keys of the attributes that vary, in order. */
  readonly varying: readonly string[];
}

/** Shows a value that varies. */
function show(attributes: object, key: string, moment: Moment, position: number): void {
  const get = (): string => {
    moment.isTouched = true;
    return moment.batch?.valueOf(moment.index, position) ?? '';
  };
  Object.defineProperty(attributes, key, { get, enumerable: true, configurable: true });
}

/** Sets a property of exactly that name; plain assignment would not set `__proto__`. */
function set(target: Record<string, string>, key: string, value: string): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}
