/**
 * Rewrites the rows of a segment as columns: collects its events chunk by chunk, then encodes the
 * dictionary and the chunks. Memory: some tens of bytes an event, and its texts.
 */
import type { ByteReader } from '../format/byte-stream.ts';
import {
  hashOfKey,
  ID,
  keyOfAction,
  keyOfAttribute,
  keysOfSource,
  packedFilter,
} from '../format/bloom-filter.ts';
import { columnsContent } from '../format/event-columns.ts';
import { type Content, dictionaryContent } from '../format/dictionary.ts';
import { unpair } from '../format/event-codec.ts';
import { EventList } from '../format/event-list.ts';
import { ABSENT, Rows } from '../format/event-rows.ts';
import { FIELDS, TemplateSet, VARIES } from '../format/templates.ts';
import { oldName } from '../../../operators/old-name.ts';

/** A chunk in columns, encoded. */
export interface EncodedChunk extends Content {
  readonly filter: Uint8Array;
}

/** The texts of a segment, each once. */
class Texts {
  readonly list: string[] = [];
  readonly #known = new Map<string, number>();

  get length(): number {
    return this.list.length;
  }

  get(reference: number): string {
    return this.list[reference] as string;
  }

  add(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.list.length);
    return this.list.push(text) - 1;
  }
}

export class ColumnsWriter {
  readonly #texts = new Texts();
  readonly #templates = new TemplateSet(this.#texts);
  readonly #lists: EventList[] = [];
  /** The chunk that last used a text as a value that varies. */
  readonly #usedIn = new Map<number, number>();
  /** References of the texts in the dictionary, in its order, and the reverse. */
  readonly #shared: number[] = [];
  readonly #indexes = new Map<number, number>();
  readonly #keys = new Map<number, readonly number[]>();

  /**
   * Adds the rows of a chunk to a list.
   *
   * @throws RangeError or SyntaxError if the rows are damaged
   */
  add(list: EventList, payload: ByteReader, count: number): void {
    const rows = new Rows();
    const references: number[] = [];
    const row: number[] = [];
    for (let i = 0; i < count; i++) {
      rows.read(payload);
      for (let j = references.length; j < rows.length; j++) references.push(this.#texts.add(rows.get(j)));
      const { fields, attributes } = rows;
      for (let j = 0; j < 6 + 2 * attributes; j++) {
        const reference = fields[j] as number;
        row[j] = reference === ABSENT ? ABSENT : (references[reference] as number);
      }
      list.add(row, attributes, this.#templates);
      list.times.push(rows.base, rows.offset);
    }
    if (!payload.done) throw new RangeError('bytes after the last event');
  }

  /** Ends a list: no more is added to it. */
  end(list: EventList): void {
    const chunk = this.#lists.push(list) - 1;
    for (const value of list.values) {
      const before = this.#usedIn.get(value);
      if (before === undefined) this.#usedIn.set(value, chunk);
      else if (before !== chunk) this.#share(value);
    }
  }

  /** The dictionary. Call it once, after the last list. */
  dictionary(): Content {
    const { shapes, starts, fields, actions } = this.#templates;
    for (const keys of shapes) for (const key of keys) this.#share(key);
    for (const action of actions) this.#share(action);
    const renumbered = [...fields];
    for (const start of starts) {
      const end = start + FIELDS + (shapes[fields[start] as number]?.length ?? 0);
      for (let at = start + 1; at < end; at++) {
        const reference = fields[at] as number;
        // Absent fields and values that vary stay as they are.
        if (reference >= 0) renumbered[at] = this.#share(reference);
      }
    }
    const texts = this.#shared.map((reference) => this.#texts.get(reference));
    const indexes = (references: readonly number[]): number[] => references.map((each) => this.#share(each));
    const skeleton = { shapes: shapes.map(indexes), starts, fields: renumbered, actions: indexes(actions) };
    return dictionaryContent({ ...skeleton, texts: this.#texts }, texts);
  }

  /** Encodes a list, after {@link dictionary}. */
  encode(list: EventList): EncodedChunk {
    const shared = (reference: number): number | undefined => this.#indexes.get(reference);
    const content = columnsContent(list, shared, (reference) => this.#texts.get(reference));
    return { ...content, filter: packedFilter(this.#hashesOf(list)) };
  }

  #share(reference: number): number {
    const known = this.#indexes.get(reference);
    if (known !== undefined) return known;
    const index = this.#shared.push(reference) - 1;
    this.#indexes.set(reference, index);
    return index;
  }

  /** Hashes of the keys of the events. */
  #hashesOf({ actions, templates, values, starts }: EventList): Set<number> {
    const { fields } = this.#templates;
    const hashes = new Set<number>();
    const textOf = (reference: number): string => this.#texts.get(reference);
    for (const action of new Set(actions))
      hashes.add(hashOfKey(keyOfAction(textOf(this.#templates.actions[action] as number))));
    for (const template of new Set(templates)) {
      let keys = this.#keys.get(template);
      if (keys === undefined) this.#keys.set(template, (keys = this.#hashesOfTemplate(template)));
      for (const hash of keys) hashes.add(hash);
    }
    for (const [i, template] of templates.entries()) {
      let value = starts[i] as number;
      if (value === (starts[i + 1] ?? values.length)) continue;
      const start = this.#templates.starts[template] as number;
      for (const [j, key] of (this.#templates.shapes[fields[start] as number] ?? []).entries()) {
        if (fields[start + FIELDS + j] !== VARIES) continue;
        const [name, text] = [textOf(key), textOf(values[value++] as number)];
        hashes.add(hashOfKey(keyOfAttribute(`${name}=${text}`)));
        if (name === 'oldName') hashes.add(hashOfKey(oldName({ oldName: text }) ?? ''));
      }
    }
    return hashes;
  }

  #hashesOfTemplate(template: number): readonly number[] {
    const { fields, starts, shapes } = this.#templates;
    const start = starts[template] as number;
    const textAt = (at: number): string | undefined => {
      const reference = fields[start + at] as number;
      return reference === ABSENT ? undefined : this.#texts.get(reference);
    };
    const name = textAt(3);
    const [endpoint, id] = unpair(textAt(5));
    const [engine = ''] = unpair(textAt(4));
    const keys = [(textAt(2) ?? '').slice(0, ID), ...keysOfSource({ engine, endpoint, id })];
    if (name !== undefined) keys.push(name);
    for (const [i, reference] of (shapes[fields[start] as number] ?? []).entries()) {
      const value = textAt(FIELDS + i);
      if (value === undefined) continue;
      const key = this.#texts.get(reference);
      keys.push(keyOfAttribute(`${key}=${value}`));
      if (key === 'oldName') keys.push(oldName({ oldName: value }) ?? '');
    }
    return keys.map(hashOfKey);
  }
}
