import { firstValueFrom, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DockerNamespaces } from '../../../../src/engines/containerd/docker-namespaces.ts';
import type { EngineControl, Inspected } from '../../../../src/engines/control.ts';
import { FollowedEngines } from '../../../../src/engines/followed.ts';

/** A Docker that has some containers, and counts what it is asked. */
function docker(...ids: string[]): EngineControl & { asked: number } {
  const state = (id: string): Inspected => ({
    state: { id, state: 'running', labels: {}, restarts: 0, oomKilled: false },
  });
  return {
    asked: 0,
    list: () => NEVER,
    inspect(wanted) {
      this.asked++;
      const id = ids.find((each) => each.startsWith(wanted));
      return of(id === undefined ? undefined : state(id));
    },
    start: () => NEVER,
    restart: () => NEVER,
    remove: () => NEVER,
  };
}

const hides = (namespaces: DockerNamespaces, namespace: string, ...ids: string[]): Promise<boolean> =>
  firstValueFrom(namespaces.hides(namespace, ids));

describe("Docker's namespace in containerd", () => {
  it('is shown while no Docker is followed, and before it has answered', async () => {
    const followed = new FollowedEngines();
    const namespaces = new DockerNamespaces(followed);
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
    const place = followed.enter('docker', docker('a'));
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
    place.report('answered');
    expect(await hides(namespaces, 'moby', 'a')).toBe(true);
    place.leave();
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
  });

  it('is hidden whole once one of its containers is known to be Docker’s, also while that reconnects', async () => {
    const followed = new FollowedEngines();
    const namespaces = new DockerNamespaces(followed);
    const place = followed.enter('docker', docker('a'));
    place.report('answered');
    expect(await hides(namespaces, 'moby', 'a')).toBe(true);
    place.report('failed');
    expect(await hides(namespaces, 'moby', 'b')).toBe(true);
    expect(await hides(namespaces, 'moby')).toBe(true);
    expect(await hides(namespaces, 'default', 'a')).toBe(false);
  });

  it('is shown if it belongs to a Docker that is not followed, which is asked once for each container', async () => {
    const followed = new FollowedEngines();
    const namespaces = new DockerNamespaces(followed);
    const other = docker('ab');
    followed.enter('docker', other).report('answered');
    // Docker takes a prefix for an id.
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
    expect(other.asked).toBe(1);
  });

  it('is shown if Docker fails to answer, or another engine is followed', async () => {
    const followed = new FollowedEngines();
    const namespaces = new DockerNamespaces(followed);
    followed.enter('podman', docker('a')).report('answered');
    const failing = { ...docker(), inspect: () => throwError(() => new Error('no')) };
    followed.enter('docker', failing).report('answered');
    expect(await hides(namespaces, 'moby', 'a')).toBe(false);
  });
});

describe('engines that are followed together', () => {
  it('are settled once each of the kind has answered or failed', () => {
    const followed = new FollowedEngines();
    const log: string[] = [];
    followed.settled('docker').subscribe(() => log.push('none'));
    const one = followed.enter('docker', undefined);
    const two = followed.enter('docker', undefined);
    followed.enter('podman', undefined);
    followed.settled('docker').subscribe(() => log.push('settled'));
    one.report('failed');
    expect(log).toEqual(['none']);
    two.leave();
    expect(log).toEqual(['none', 'settled']);
  });
});
