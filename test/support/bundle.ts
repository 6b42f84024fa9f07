/** Bundles of the library for browsers. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './tree.ts';

/** Bundles a program that imports the operators; `inputs` are its source files. */
export async function bundle(
  contents: string,
  external: string[] = [],
): Promise<{ code: string; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: root },
    alias: { 'tidings/operators': join(root, 'operators/index.ts') },
    bundle: true,
    platform: 'browser',
    format: external.length > 0 ? 'esm' : 'iife',
    target: 'es2022',
    minify: true,
    write: false,
    metafile: true,
    external,
    logLevel: 'silent',
  });
  return { code: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}
