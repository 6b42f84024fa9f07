/**
 * `isula ps`, `inspect`, `wait`, `version` and `info`: answers from the known states of containers.
 */
import type { ContainerState } from '../../../operators/container-state.ts';
import type { ServerContext } from '../context.ts';
import { clientNames } from '../names/index.ts';
import type { Work } from '../turns.ts';
import {
  Code,
  decodeCondition,
  decodeId,
  decodeListRequest,
  encodeFailure,
  encodeInfo,
  encodeInspected,
  encodeListed,
  encodeVersion,
  encodeWaited,
  type ListRequest,
} from './container-messages.ts';
import { GrpcError, type Method, Status } from './grpc.ts';
import { findKnown } from './named-container.ts';

/** Most waits at a time, of all clients together. */
const WAITS = 1024;

const RUNNING = new Set(['running', 'paused', 'restarting']);

/** The methods by path. @param closing aborted when the server takes no more calls */
export function containerMethods(
  context: ServerContext,
  closing: AbortSignal,
): Readonly<Record<string, Method>> {
  const service = '/containers.ContainerService/';
  return {
    [`${service}List`]: listMethod(context),
    [`${service}Inspect`]: (bytes, call) => {
      const id = read(bytes, decodeId);
      const found = findUnambiguous(context, id);
      const errmsg = `No such image or container or accelerator:${id}`;
      call.reply(found === undefined ? encodeFailure({ cc: Code.ERR_EXEC, errmsg }) : encodeInspected(found));
    },
    [`${service}Wait`]: waitMethod(context, closing),
    [`${service}Version`]: (_, call) => call.reply(encodeVersion(context.version)),
    [`${service}Info`]: (_, call) =>
      call.reply(
        encodeInfo(
          context.version,
          [...there(context)].map(({ state }) => state),
        ),
      ),
  };
}

function listMethod(context: ServerContext): Method {
  return (bytes, call) => {
    const { filters, all } = read(bytes, decodeListRequest);
    let wants: Wants;
    try {
      wants = wantsOf(filters, all || filters.has('status'), context);
    } catch (error) {
      return call.reply(encodeFailure({ cc: Code.ERR_INPUT, errmsg: (error as Error).message }));
    }
    let open = true;
    call.onOver(() => (open = false));
    void context.turns
      .run(listed([...there(context)], wants), () => open)
      .then((parts) => parts && call.attempt(() => call.reply(Buffer.concat(parts))));
  };
}

function* listed(states: readonly ContainerState[], wants: Wants): Work<readonly Uint8Array[]> {
  const parts: Uint8Array[] = [];
  for (const state of states) {
    if (wants(state)) parts.push(encodeListed(state));
    yield 1;
  }
  return parts;
}

type Wants = (state: ContainerState) => boolean;

/**
 * Filters as iSulad does: all filters must match. @throws RangeError if a filter is unknown or
 * invalid
 */
function wantsOf(filters: ListRequest['filters'], all: boolean, { limits }: ServerContext): Wants {
  const tests: Wants[] = all ? [] : [({ state }) => RUNNING.has(state)];
  for (const [key, value] of filters) {
    if (key === 'id') tests.push(({ id }) => id.startsWith(value));
    else if (key === 'name') {
      const [pattern] = clientNames([`/${value.replaceAll('/', '\\/')}/`], limits);
      tests.push((state) => pattern?.matches(state) === true);
    } else if (key === 'label') {
      const [label = '', ...rest] = value.split('=');
      const wanted = rest.length === 0 ? undefined : rest.join('=');
      tests.push(({ labels }) => {
        if (!Object.hasOwn(labels, label)) return false;
        return wanted === undefined || labels[label] === wanted;
      });
    } else if (key === 'status') tests.push(({ state }) => statusOf(state) === value);
    else {
      throw new RangeError(
        `Unrecognised filter ${JSON.stringify(key.slice(0, 80))}: known are id, name, label, status`,
      );
    }
  }
  return (state) => tests.every((test) => test(state));
}

function statusOf(phase: ContainerState['state']): string {
  return phase === 'dead' ? 'exited' : phase;
}

function waitMethod(context: ServerContext, closing: AbortSignal): Method {
  let open = 0;
  return (bytes, call) => {
    const id = read(bytes, decodeId);
    const condition = read(bytes, decodeCondition) === 0 ? 'exited' : 'removed';
    const failed = (errmsg: string): void => call.reply(encodeWaited({ cc: Code.ERR_EXEC, errmsg }));
    const found = findUnambiguous(context, id);
    if (found === undefined) return failed(`No such container:${id}`);
    // iSulad only waits for the end of a run: a container that does not run has ended.
    if (condition === 'exited' && found.state === 'created') return call.reply(encodeWaited({ exitCode: 0 }));
    if (open >= WAITS) {
      throw new GrpcError(Status.UNKNOWN, `too many waits: all ${WAITS} places are taken; try again later`);
    }
    open++;
    const end = (step: () => void): void => call.attempt(step);
    const shutDown = (): void => call.end(Status.UNKNOWN, 'tidings is shutting down');
    const waiting = context.containers.wait?.(found.id, condition).subscribe({
      next: ({ exitCode }) =>
        end(() => {
          if (exitCode !== undefined) call.reply(encodeWaited({ exitCode }));
          else failed(`container ${id} has ended, and its exit code is not known`);
        }),
      error: (error: unknown) => end(() => failed((error as Error).message)),
    });
    closing.addEventListener('abort', shutDown);
    call.onOver(() => {
      open--;
      closing.removeEventListener('abort', shutDown);
      waiting?.unsubscribe();
    });
  };
}

/** The container of that name. An ambiguous name fails like an unknown one in iSulad. */
function findUnambiguous(context: ServerContext, id: string): ContainerState | undefined {
  try {
    return findKnown(context, id);
  } catch {
    return undefined;
  }
}

function* there({ containers }: ServerContext): Iterable<ContainerState> {
  for (const state of containers.states) if (state.state !== 'removed') yield state;
}

function read<T>(bytes: Buffer, decode: (bytes: Uint8Array) => T): T {
  try {
    return decode(bytes);
  } catch (cause) {
    throw new GrpcError(Status.INTERNAL, 'Failed to transform grpc request', { cause });
  }
}
