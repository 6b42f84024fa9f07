/** Refused methods of iSulad, with messages that its client shows. */
import { GrpcError, Status } from './grpc.ts';

const CONTAINERS = '/containers.ContainerService/';

/** Methods that change containers, or run a program in one. */
const CHANGES: ReadonlySet<string> = new Set([
  ...['Create', 'Start', 'RemoteStart', 'Stop', 'Kill', 'Delete', 'Pause', 'Resume', 'Exec', 'RemoteExec'],
  ...['Update', 'Attach', 'Restart', 'CopyFromContainer', 'CopyToContainer', 'Rename', 'Resize', 'Export'],
]);

/**
 * The refusal of a method. iSulad's client only shows the messages of UNKNOWN, PERMISSION_DENIED
 * and INTERNAL; for every other status it reports that it cannot connect.
 */
export function refusalOf(path: string, methods: readonly string[]): GrpcError {
  const name = path.startsWith(CONTAINERS) ? path.slice(CONTAINERS.length) : '';
  if (CHANGES.has(name)) {
    return new GrpcError(
      Status.PERMISSION_DENIED,
      `tidings changes no containers: ${name} is refused; ask the engine itself (isula -H unix:///var/run/isulad.sock)`,
    );
  }
  return new GrpcError(
    Status.UNKNOWN,
    `${path.slice(0, 200)} is not served by tidings: known are ${methods.join(', ')}`,
  );
}
