/** The formats that an event can be printed in for machines: a new one is a new file and one line here. */
import type { EngineEvent } from '../event.ts';
import { dockerJson, dockerText } from './docker.ts';
import { isulaLine } from './isula.ts';
import { encodeEvent } from './ndjson-event.ts';
import type { Zone } from './text.ts';

/** What a format may need besides the event. */
export interface LineContext {
  readonly cursor: string;
  /** The zone of times, where the format has a choice. */
  readonly zone: Zone;
}

/** An event as one line, its end not included. */
export type LineEncoder = (event: EngineEvent, context: LineContext) => string;

/** By the name that `-o` takes. */
export const encoders: Readonly<Record<'json' | 'docker' | 'docker-text' | 'isula', LineEncoder>> = {
  json: (event, { cursor }) => encodeEvent(event, cursor),
  docker: (event) => dockerJson(event),
  'docker-text': (event, { zone }) => dockerText(event, zone),
  isula: (event, { zone }) => isulaLine(event, zone),
};
