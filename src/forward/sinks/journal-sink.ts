/**
 * The journal of systemd, over `systemd-journal-remote`: its export format by HTTP
 * (systemd.io/JOURNAL_EXPORT_FORMATS).
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { exitCodeOf } from '../../../operators/exit-code.ts';
import { type ShownTarget, targetKeys, targetOf } from '../../delivery/target.ts';
import { encodeEvent } from '../../encoders/ndjson-event.ts';
import type { EngineEvent } from '../../event.ts';
import { severityOf, summaryOf } from '../event-words.ts';
import { httpSink } from '../http-delivery.ts';
import type { SinkKind } from '../sink.ts';

const PRIORITIES = { warning: '4', info: '6' } as const;

const PATH = '/upload';

/** Longest value of a field, in characters; the whole event is in TIDINGS_EVENT. */
const LONGEST = 4096;

export const journal: SinkKind<ShownTarget> = {
  options: z.strictObject(targetKeys).transform((value) => atUpload(targetOf(value))),
  describe: ({ shown }) => shown,
  open: (target) => {
    const machine = idIn('/etc/machine-id');
    const boot = idIn('/proc/sys/kernel/random/boot_id');
    const head = `_BOOT_ID=${boot}\n_MACHINE_ID=${machine}\n_HOSTNAME=${clean(hostname())}\n_TRANSPORT=journal\n`;
    return httpSink(target, {
      encode: (event, cursor) => entryOf(event, cursor, head),
      content: (items) => ({
        body: items.map(({ text }) => `${text}\n`).join(''),
        headers: { 'content-type': 'application/vnd.fdo.journal' },
      }),
    });
  },
};

/** Field names of containers are those of Docker's and Podman's journald drivers. */
function entryOf(event: EngineEvent, cursor: string, head: string): string {
  const { timeNano, type, action, id, name, attributes, source } = event;
  const micros = String((timeNano > 0n ? timeNano : 0n) / 1000n);
  const message = clean(summaryOf(event));
  const priority = PRIORITIES[severityOf(event)];
  return (
    `__REALTIME_TIMESTAMP=${micros}\n__MONOTONIC_TIMESTAMP=${micros}\n${head}MESSAGE=${message}\n` +
    `PRIORITY=${priority}\nSYSLOG_IDENTIFIER=tidings\nTIDINGS_CURSOR=${cursor}\n` +
    field('TIDINGS_TYPE', type) +
    field('TIDINGS_ACTION', action) +
    field('TIDINGS_ENGINE', source.engine) +
    `TIDINGS_EVENT=${encodeEvent(event, cursor)}\n` +
    (type === 'container'
      ? field('CONTAINER_ID', id.slice(0, 12)) +
        field('CONTAINER_ID_FULL', id) +
        field('CONTAINER_NAME', name) +
        field('IMAGE_NAME', attributes['image']) +
        field('EXIT_CODE', exitCodeOf(attributes)?.toString())
      : field('TIDINGS_ID', id) + field('TIDINGS_NAME', name))
  );
}

/** A field on a line of its own; nothing if it has no value. */
function field(key: string, value: string | undefined): string {
  return value === undefined || value === '' ? '' : `${key}=${clean(value)}\n`;
}

// oxlint-disable-next-line no-control-regex -- these are what it is for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]/g;

/** A value on one line: the export format ends a value at the line end. */
function clean(text: string): string {
  const short = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  return short.search(CONTROLS) < 0 ? short : short.replace(CONTROLS, ' ');
}

/** An id of 128 bits in a file of the system, as hexadecimal digits; zeros if the file is missing. */
function idIn(file: string): string {
  try {
    const id = readFileSync(file, 'utf8').trim().replaceAll('-', '');
    if (/^[0-9a-f]{32}$/.test(id)) return id;
  } catch {
    // A container without systemd has no machine id.
  }
  return '0'.repeat(31) + '1';
}

function atUpload(target: ShownTarget): ShownTarget {
  const url = new URL(target.url);
  if (url.pathname !== '/') return target;
  url.pathname = PATH;
  return { ...target, url: url.href, shown: target.shown.replace(/\/$/, PATH) };
}
