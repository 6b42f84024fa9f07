/** The machine formats of events: a new one is a new file and one line here. */
import type { EngineEvent } from '../event.ts';
import { dockerJson, dockerText } from './docker.ts';
import { isulaLine } from './isula.ts';
import { encodeEvent } from './ndjson-event.ts';
import type { Zone } from './text.ts';

/** Further input of a format. */
export interface LineContext {
  readonly cursor: string;
  /** The zone of times, if the format has a choice. */
  readonly zone: Zone;
}

/** Encodes an event as one line, without the line end. */
export type LineEncoder = (event: EngineEvent, context: LineContext) => string;

/** Encoders by their name in `-o`. */
export const encoders: Readonly<Record<'json' | 'docker' | 'docker-text' | 'isula', LineEncoder>> = {
  json: (event, { cursor }) => encodeEvent(event, cursor),
  docker: (event) => dockerJson(event),
  'docker-text': (event, { zone }) => dockerText(event, zone),
  isula: (event, { zone }) => isulaLine(event, zone),
};
