import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../support/bundle.ts';
import { program, results } from '../support/every-operator.ts';

describe('tidings/operators in a browser', () => {
  let made: { code: string; inputs: string[] };
  beforeAll(async () => {
    made = await bundle(program);
  });

  it('runs where there is nothing but the language', () => {
    const world = createContext({});
    runInContext(made.code, world);
    // As text: what comes from another world has other prototypes.
    expect(JSON.parse(JSON.stringify(world['result']))).toEqual(results);
  });

  it('is made of RxJS and the operators alone', () => {
    for (const input of made.inputs)
      expect(input).toMatch(/^(operators|node_modules\/(rxjs|tslib))\/|^<stdin>$/);
  });

  it('weighs little: grows on purpose only', async () => {
    const size = async (contents: string, external?: string[]): Promise<number> =>
      gzipSync((await bundle(contents, external)).code).length;
    // Our own code without RxJS; with it; one operator with the parts of RxJS that it needs.
    expect(await size("export * from 'tidings/operators'", ['rxjs'])).toBeLessThan(22_000);
    expect(await size("import * as all from 'tidings/operators'; globalThis.all = all;")).toBeLessThan(
      31_000,
    );
    const one = "import { timeWindow } from 'tidings/operators'; globalThis.one = timeWindow;";
    expect(await size(one)).toBeLessThan(4_000);
  });
});
