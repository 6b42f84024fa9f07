/** The files of the page, as the build writes them. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

/** One file, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
  /** A strong validator (RFC 9110, 8.8.3). */
  readonly etag: string;
}

/** The served files by path, and their types. */
export const PAGE_PATHS: ReadonlyMap<string, { readonly name: string; readonly contentType: string }> =
  new Map([
    ['/', { name: 'index.html', contentType: 'text/html; charset=utf-8' }],
    ['/page.js', { name: 'page.js', contentType: 'text/javascript; charset=utf-8' }],
    ['/page.css', { name: 'page.css', contentType: 'text/css; charset=utf-8' }],
    ['/icon.svg', { name: 'icon.svg', contentType: 'image/svg+xml' }],
  ]);

/** The page with all parts in one file, and a place for its data: see `splitSingle`. */
const SINGLE = 'single.html';

/** The mark that the data replaces in the single file. */
const DATA_MARK = '@@data@@';

const loaded = new Map<string, PageFile>();

/** Reads a file once. @throws Error if the page has not been built */
export function pageFile(name: string, contentType: string): PageFile {
  let file = loaded.get(name);
  if (file === undefined) {
    const body = read(name);
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    loaded.set(name, (file = { contentType, body, gzipped: gzipSync(body), etag }));
  }
  return file;
}

/**
 * The single file around its data: the text before and after.
 *
 * @throws Error if the page has not been built
 */
export function singlePage(): readonly [before: string, after: string] {
  const [before = '', after = ''] = read(SINGLE).toString().split(DATA_MARK);
  return [before, after];
}

/** Reads a file of the built page: inside the single executable, it is an asset. */
function read(name: string): Buffer {
  const sea = process.getBuiltinModule('node:sea');
  if (sea.isSea()) return Buffer.from(sea.getRawAsset(`page/${name}`) as ArrayBuffer);
  return readFileSync(join(pageDirectory(), name));
}

/** The folder of the built page, above this file: `dist/page` of the source tree or the package. */
function pageDirectory(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    for (const candidate of [join(folder, 'page'), join(folder, 'dist/page')]) {
      if (existsSync(join(candidate, SINGLE))) return candidate;
    }
    if (folder === dirname(folder)) break;
  }
  throw new Error('the page is not built: npm run build makes it');
}
