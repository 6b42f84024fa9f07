/** The kubelet's part on the CRI of a real containerd, played by Python's gRPC. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { grpcPython } from './isulad-client.ts';

/** containerd's configuration for pods without a network of their own. The pause image must be imported. */
export const CRI = `[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/test/pause:1"
  stream_server_port = "0"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"`;

export type Step = readonly [method: string, request: object];

/**
 * Calls methods one after the other; `$0` in a request is the first id that was answered. Returns the ids, and the words of
 * the calls that failed.
 */
export async function criSteps(
  socket: string,
  steps: readonly Step[],
): Promise<{ readonly ids: readonly string[]; readonly failures: readonly string[] }> {
  const script = fileURLToPath(new URL('cri-client.py', import.meta.url));
  const { stdout } = await promisify(execFile)(
    grpcPython as string,
    [script, socket, JSON.stringify(steps)],
    {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    },
  );
  return JSON.parse(stdout) as { ids: string[]; failures: string[] };
}

/** A pod's configuration, on the host's network. */
export function sandbox(name: string): object {
  return {
    metadata: { name, uid: `uid-${name}`, namespace: 'shop' },
    labels: { 'io.kubernetes.pod.name': name },
    linux: { securityContext: { namespaceOptions: { network: 2 } } },
  };
}
