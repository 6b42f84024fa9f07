/**
 * Templates: the parts that events of one container share, which are nearly all of them. An event is
 * then its time, its action, its template, and the values of the attributes that vary (exit codes,
 * ids of commands).
 */

/** The value of an attribute that varies from event to event. */
export const VARIES = -1;

/** Fields of a template before the values: shape, type, id, name, engine, place. */
export const FIELDS = 6;

/** Templates, shapes and actions, by references to texts. */
export interface Skeleton {
  /** The texts by reference. */
  readonly texts: { readonly length: number; get(reference: number): string };
  /** References of keys, in the order of the attributes. */
  readonly shapes: readonly (readonly number[])[];
  /** Start of each template in `fields`. */
  readonly starts: ArrayLike<number>;
  /** {@link FIELDS}, then the value of each key of the shape, or {@link VARIES}. */
  readonly fields: ArrayLike<number>;
  readonly actions: ArrayLike<number>;
}

/** Changes of an attribute's value, within one container, after which the attribute varies. */
const CHANGES = 16;

/** Most templates of one container and shape that are compared with an event. */
const COMPARED = 8;

interface Shape {
  readonly index: number;
  readonly keys: readonly number[];
  /** The newest template of each id. */
  readonly newest: Map<number, number>;
}

/** Finds the template of each event, and makes a new one where none fits. */
export class TemplateSet implements Skeleton {
  readonly texts: Skeleton['texts'];
  readonly shapes: (readonly number[])[] = [];
  readonly starts: number[] = [];
  readonly fields: number[] = [];
  readonly actions: number[] = [];
  readonly #actions = new Map<number, number>();
  readonly #shapes = new Map<number, Shape[]>();
  /** The template before, of the same id and shape; -1: none. */
  readonly #before: number[] = [];
  readonly #changes = new Map<number, number>();

  constructor(texts: Skeleton['texts']) {
    this.texts = texts;
  }

  /** The index of an action. */
  action(text: number): number {
    const known = this.#actions.get(text);
    if (known !== undefined) return known;
    this.#actions.set(text, this.actions.length);
    return this.actions.push(text) - 1;
  }

  /**
   * Finds or makes the template of an event.
   *
   * @param row references as in `Rows.fields`
   * @param values gets the references of the values that vary
   * @returns its index
   */
  place(row: readonly number[], attributes: number, values: number[]): number {
    const shape = this.#shape(row, attributes);
    const id = row[2] as number;
    const newest = shape.newest.get(id) ?? -1;
    let template = newest;
    for (let i = 0; template >= 0 && !this.#fits(template, row, attributes); i++) {
      template = i === COMPARED ? -1 : (this.#before[template] as number);
    }
    if (template < 0) {
      if (newest >= 0) this.#learn(newest, row, shape);
      template = this.#make(row, shape, newest);
    }
    const start = (this.starts[template] as number) + FIELDS;
    for (let i = 0; i < attributes; i++) {
      if (this.fields[start + i] === VARIES) values.push(row[7 + 2 * i] as number);
    }
    return template;
  }

  #shape(row: readonly number[], attributes: number): Shape {
    let hash = attributes;
    for (let i = 0; i < attributes; i++) hash = (Math.imul(hash, 31) + (row[6 + 2 * i] as number)) | 0;
    let those = this.#shapes.get(hash);
    if (those === undefined) this.#shapes.set(hash, (those = []));
    for (const shape of those) if (isShape(shape.keys, row, attributes)) return shape;
    const keys = Array.from({ length: attributes }, (_, i) => row[6 + 2 * i] as number);
    const shape = { index: this.shapes.push(keys) - 1, keys, newest: new Map<number, number>() };
    those.push(shape);
    return shape;
  }

  /** Tests whether the event has the template's parts; its id and shape are equal. */
  #fits(template: number, row: readonly number[], attributes: number): boolean {
    const { fields } = this;
    let at = this.starts[template] as number;
    if (
      fields[at + 1] !== row[0] ||
      fields[at + 3] !== row[3] ||
      fields[at + 4] !== row[4] ||
      fields[at + 5] !== row[5]
    )
      return false;
    at += FIELDS;
    for (let i = 0; i < attributes; i++) {
      const value = fields[at + i];
      if (value !== VARIES && value !== row[7 + 2 * i]) return false;
    }
    return true;
  }

  /** Counts the attributes that changed since the newest template of the container. */
  #learn(template: number, row: readonly number[], { keys }: Shape): void {
    const start = (this.starts[template] as number) + FIELDS;
    for (const [i, key] of keys.entries()) {
      const value = this.fields[start + i];
      if (value !== VARIES && value !== row[7 + 2 * i])
        this.#changes.set(key, (this.#changes.get(key) ?? 0) + 1);
    }
  }

  #make(row: readonly number[], { index, keys, newest }: Shape, before: number): number {
    const { fields } = this;
    const template = this.starts.push(fields.length) - 1;
    fields.push(index, row[0] as number, row[2] as number, row[3] as number);
    fields.push(row[4] as number, row[5] as number);
    for (const [i, key] of keys.entries())
      fields.push((this.#changes.get(key) ?? 0) >= CHANGES ? VARIES : (row[7 + 2 * i] as number));
    this.#before.push(before);
    newest.set(row[2] as number, template);
    return template;
  }
}

function isShape(keys: readonly number[], row: readonly number[], attributes: number): boolean {
  if (keys.length !== attributes) return false;
  for (let i = 0; i < attributes; i++) if (keys[i] !== row[6 + 2 * i]) return false;
  return true;
}
