/**
 * Translates iSulad's events: `container start`, `container exec_create: sh -c ls`, `image pull`.
 */
import { type Attributes, type EventSource, foreignAttributes, OwnEvent } from '../../event.ts';
import type { Instant } from '../../instant.ts';
import { instantOf } from '../grpc/timestamp.ts';
import { withNoise } from '../noise.ts';
import { received } from '../received.ts';
import type { Received } from '../engine.ts';
import type { IsuladEvent } from './api.ts';

/** iSulad's own spelling of `rename`. */
const WORDS: Readonly<Record<string, string>> = { reanme: 'rename' };

/** Translates a message. @param now its time, if it states none */
export function translate(message: IsuladEvent, source: EventSource, now: Instant): Received {
  const [, type = '', word = '', args] = /^(\S+) ([^:]+)(?:: (.*))?$/s.exec(message.opt) ?? [];
  const { id, annotations } = message;
  const action = WORDS[word] ?? word;
  const attributes = attributesOf(annotations, action, args);
  const event = new OwnEvent({
    timeNano: instantOf(message.timestamp) ?? now,
    type: type || 'unknown',
    action: action || message.opt,
    id,
    name: annotations['name'] || (type === 'image' ? id : undefined),
    attributes: type === 'container' ? attributes : foreignAttributes(annotations),
    source,
  });
  return received(withNoise(event));
}

/**
 * `exitCode` is an annotation only if it is not 0, and on events other than `die` it belongs to the
 * last run: iSulad's collector takes it from the container.
 */
function attributesOf(annotations: Attributes, action: string, args: string | undefined): Attributes {
  const { exitCode = '0', ...rest } = foreignAttributes(annotations);
  return {
    ...rest,
    ...(action === 'die' ? { exitCode } : {}),
    ...(args === undefined ? {} : { args }),
  };
}
