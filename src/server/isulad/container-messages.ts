/**
 * iSulad's messages about containers as protobuf: the fields of `docs/isulad.proto`. Unknown fields
 * are left out.
 */
import { arch, cpus, hostname, machine, release, totalmem } from 'node:os';
import protobuf from 'protobufjs/minimal.js';
import type { ContainerState, Phase } from '../../../operators/container-state.ts';
import * as instant from '../../instant.ts';
import { BYTES, tag, text as fullText, VARINT } from './wire-fields.ts';

/** iSulad's `ContainerStatus`; 0 is UNKNOWN. */
const STATUS: Readonly<Record<Phase, number>> = {
  unknown: 0,
  created: 1,
  running: 3,
  exited: 4,
  dead: 4,
  removed: 4,
  paused: 5,
  restarting: 6,
};

/** iSulad's `isulad_errno_t`: the values of `cc`. */
export const Code = { SUCCESS: 0, ERR_INPUT: 4, ERR_EXEC: 5 } as const;

export interface IsuladFailure {
  readonly cc: number;
  readonly errmsg: string;
}

export interface ListRequest {
  readonly filters: ReadonlyMap<string, string>;
  readonly all: boolean;
}

/** Reads a `ListRequest`. @throws Error if the bytes are invalid */
export function decodeListRequest(bytes: Uint8Array): ListRequest {
  const reader = protobuf.Reader.create(bytes);
  const filters = new Map<string, string>();
  let all = false;
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (key === tag(1, BYTES)) {
      const [name = '', value = ''] = texts(reader.bytes(), 2);
      filters.set(name, value);
    } else if (key === tag(2, VARINT)) all = reader.bool();
    else reader.skipType(key & 7);
  }
  return { filters, all };
}

/**
 * Reads the `id` of an `InspectContainerRequest` or a `WaitRequest`. @throws Error if the bytes are
 * invalid
 */
export function decodeId(bytes: Uint8Array): string {
  return texts(bytes, 1)[0] ?? '';
}

/**
 * Reads the `condition` of a `WaitRequest`: 0 stopped, 1 removed. @throws Error if the bytes are
 * invalid
 */
export function decodeCondition(bytes: Uint8Array): number {
  const reader = protobuf.Reader.create(bytes);
  let condition = 0;
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (key === tag(2, VARINT)) condition = reader.uint32();
    else reader.skipType(key & 7);
  }
  return condition;
}

/** The first fields of a message that are texts. */
function texts(bytes: Uint8Array, count: number): (string | undefined)[] {
  const reader = protobuf.Reader.create(bytes);
  const found: (string | undefined)[] = Array.from({ length: count }, () => undefined);
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    const field = key >> 3;
    if ((key & 7) === BYTES && field >= 1 && field <= count)
      found[field - 1] = new TextDecoder().decode(reader.bytes());
    else reader.skipType(key & 7);
  }
  return found;
}

/** Writes one container as a field of a `ListResponse`: consecutive parts form the message. */
export function encodeListed(state: ContainerState): Uint8Array {
  const { id, name, image, pid, exitCode, restarts, startedAt, finishedAt, createdAt, health } = state;
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, BYTES)).fork();
  text(writer, 1, id);
  number(writer, 2, pid);
  number(writer, 3, STATUS[state.state]);
  text(writer, 7, image);
  number(writer, 11, exitCode === undefined ? undefined : exitCode >>> 0);
  number(writer, 12, restarts);
  text(writer, 13, time(startedAt));
  text(writer, 14, time(finishedAt));
  text(writer, 16, name ?? id);
  text(writer, 17, health);
  if (createdAt !== undefined) writer.uint32(tag(18, VARINT)).int64(bits(BigInt(createdAt)));
  return writer.ldelim().finish();
}

/** Writes the failure of a `ListResponse` or an `InspectContainerResponse`. */
export function encodeFailure({ cc, errmsg }: IsuladFailure): Uint8Array {
  const writer = protobuf.Writer.create();
  number(writer, 2, cc);
  return text(writer, 3, errmsg).finish();
}

/** Writes an `InspectContainerResponse`. */
export function encodeInspected(state: ContainerState): Uint8Array {
  return text(protobuf.Writer.create(), 1, JSON.stringify(inspected(state))).finish();
}

/** Writes a `WaitResponse`. */
export function encodeWaited(waited: { readonly exitCode: number } | IsuladFailure): Uint8Array {
  const writer = protobuf.Writer.create();
  if (!('cc' in waited)) return number(writer, 2, waited.exitCode >>> 0).finish();
  number(writer, 1, waited.cc);
  return text(writer, 3, waited.errmsg).finish();
}

/**
 * Writes a `VersionResponse`. Its version names tidings: a daemon that takes it for iSulad's would follow
 * itself and repeat every event.
 */
export function encodeVersion(version: string): Uint8Array {
  return text(protobuf.Writer.create(), 1, `tidings ${version}`).finish();
}

/** Writes an `InfoResponse`: this machine and the counts of containers. */
export function encodeInfo(version: string, phases: Iterable<Phase>): Uint8Array {
  const counts = { all: 0, running: 0, paused: 0 };
  for (const phase of phases) {
    counts.all++;
    if (phase === 'running' || phase === 'paused') counts[phase]++;
  }
  const writer = protobuf.Writer.create();
  text(writer, 3, `tidings ${version}`);
  number(writer, 4, counts.all);
  number(writer, 5, counts.running);
  number(writer, 6, counts.paused);
  number(writer, 7, counts.all - counts.running - counts.paused);
  text(writer, 9, release());
  text(writer, 10, process.platform);
  text(writer, 11, machine() || arch());
  text(writer, 12, hostname());
  number(writer, 13, cpus().length);
  // iSulad states gibibytes.
  return number(writer, 19, Math.floor(totalmem() / 2 ** 30)).finish();
}

/** The known part of iSulad's `container_inspect`. */
function inspected(state: ContainerState): object {
  const { id, name, image, pid, exitCode, restarts, startedAt, finishedAt, createdAt, health } = state;
  const phase = state.state;
  const status = phase === 'unknown' ? undefined : phase === 'dead' ? 'exited' : phase;
  return {
    Id: id,
    Created: time(createdAt),
    State: {
      Status: status,
      Running: status && (phase === 'running' || phase === 'paused' || phase === 'restarting'),
      Paused: status && phase === 'paused',
      Restarting: status && phase === 'restarting',
      Pid: pid,
      ExitCode: exitCode,
      StartedAt: time(startedAt),
      FinishedAt: time(finishedAt),
      Health: health && { Status: health },
    },
    Image: image,
    Name: name,
    RestartCount: restarts,
    Config: { Image: image, Labels: state.labels },
  };
}

/** A time in iSulad's format: RFC 3339 with nine decimals, in the local zone. */
function time(nanos: string | undefined): string | undefined {
  return nanos === undefined ? undefined : instant.format(BigInt(nanos), { zone: 'local' });
}

/** Writes a text; an empty or unknown one is left out. */
function text(writer: protobuf.Writer, field: number, value: string | undefined): protobuf.Writer {
  return value === undefined || value === '' ? writer : fullText(writer, field, value);
}

/** All 64 bits: a number holds 53. */
function bits(value: bigint): { low: number; high: number; unsigned: boolean } {
  const half = (from: bigint): number => Number(BigInt.asIntN(32, value >> from));
  return { low: half(0n), high: half(32n), unsigned: false };
}

function number(writer: protobuf.Writer, field: number, value: number | undefined): protobuf.Writer {
  if (value === undefined || value === 0) return writer;
  return writer.uint32(tag(field, VARINT)).uint64(value);
}
