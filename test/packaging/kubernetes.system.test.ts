/** The DaemonSet, held against the published schemas (OpenAPI) and types of Kubernetes. */
import { spawnSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from '../support/release.ts';
import { toolFolder } from '../support/tool-folder.ts';
import { folderInTree, root } from '../support/tree.ts';

interface DaemonSet {
  readonly apiVersion: string;
  readonly kind: string;
  readonly spec: {
    selector?: { readonly matchLabels: object };
    readonly updateStrategy: { type: string };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly containers: readonly {
          readonly volumeMounts: readonly { readonly name: string }[];
          readonly securityContext: Record<string, unknown>;
        }[];
        readonly volumes: readonly Record<string, unknown>[];
      };
    };
  };
}

const documents = parseAllDocuments(textOf('packaging/image/kubernetes.yaml'));
const [namespace, given] = documents.map((document) => document.toJS() as unknown);
const daemonSet = (): DaemonSet => structuredClone(given) as DaemonSet;

it('follows containerd by CRI, and mounts each of its volumes', () => {
  const { apiVersion, kind, spec } = daemonSet();
  expect({ apiVersion, kind }).toEqual({ apiVersion: 'apps/v1', kind: 'DaemonSet' });
  expect(spec.template.metadata.labels).toEqual(spec.selector?.matchLabels);
  const { containers, volumes } = spec.template.spec;
  const mounts = containers.flatMap((each) => each.volumeMounts.map(({ name }) => name));
  expect(new Set(mounts)).toEqual(new Set(volumes.map(({ name }) => name)));
});

describe('the published schemas', () => {
  let tools: string | undefined;
  beforeAll(() => {
    tools = toolFolder('kubernetes');
  }, 300_000);
  beforeEach((context) => context.skip(tools === undefined, 'tools/kubernetes cannot be installed'));

  /** Validates an object by its JSON schema. @returns the fault, if there is one */
  function validate(kind: string, value: object): string | undefined {
    const file = join(tools ?? '', `node_modules/kubernetes-models/${kind}.js`);
    const models = createRequire(import.meta.url)(file) as Record<
      string,
      new (value: object) => { validate(): void }
    >;
    const Model = models[kind.split('/').at(-1) ?? ''];
    if (Model === undefined) throw new Error(`no model ${kind}`);
    try {
      new Model(value).validate();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Compiles an object as a literal of its type, which finds unknown keys. @returns the errors */
  function compile(value: object): string {
    const folder = folderInTree();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(join(tools ?? '', 'node_modules'), join(folder, 'node_modules'));
    const text = `import type { DaemonSet } from 'kubernetes-types/apps/v1.js';\nexport const it: DaemonSet = ${JSON.stringify(value)};\n`;
    writeFileSync(join(folder, 'it.ts'), text);
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, types: [] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['it.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
  }

  it('accept it', () => {
    expect(validate('v1/Namespace', namespace as object)).toBe(undefined);
    expect(validate('apps/v1/DaemonSet', daemonSet())).toBe(undefined);
    expect(compile(daemonSet())).toBe('');
  });

  it('refuse a wrong value, a missing key and an unknown one', () => {
    const wrong = daemonSet();
    wrong.spec.updateStrategy.type = 'Rolling';
    expect(validate('apps/v1/DaemonSet', wrong)).toMatch(/updateStrategy\/type must be equal/);
    const missing = daemonSet();
    delete missing.spec.selector;
    expect(validate('apps/v1/DaemonSet', missing)).toMatch(/must have required property selector/);
    const unknown = daemonSet();
    const [container] = unknown.spec.template.spec.containers;
    if (container !== undefined) container.securityContext['privilegeEscalation'] = true;
    expect(compile(unknown)).toMatch(/privilegeEscalation.* does not exist in type 'SecurityContext'/);
  });
});
