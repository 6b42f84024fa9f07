/** The licences of the software inside the single executable: Node, and the bundled packages. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/root.js';

/** Folder of a package in a path of a bundled module: the innermost one. */
const PACKAGE = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * The text of a file of licences.
 *
 * @param chunks chunks of rolldown
 * @param node folder of the package of Node
 * @throws Error if a package has neither a licence file nor a field `license`
 */
export function licenceTexts(chunks, node) {
  const folders = new Set(
    chunks.flatMap(({ moduleIds }) => moduleIds).flatMap((id) => PACKAGE.exec(id)?.[1] ?? []),
  );
  const parts = [...folders].map(partOf).sort((a, b) => (a.title < b.title ? -1 : 1));
  return [
    'The single executable of tidings contains the software below, each under its own licence.',
    readFileSync(join(root, 'LICENSE'), 'utf8'),
    ...parts.map(({ title, text }) => `${title}\n\n${text}`),
    `Node.js, and the software that it contains\n\n${readFileSync(join(node, 'LICENSE'), 'utf8')}`,
  ]
    .map((text) => text.trim())
    .join(`\n\n${'-'.repeat(80)}\n\n`)
    .concat('\n');
}

function partOf(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const title = `${name} ${version} (${license})`;
  if (file !== undefined && existsSync(join(folder, file))) {
    return { title, text: readFileSync(join(folder, file), 'utf8') };
  }
  if (license === undefined) throw new Error(`${name} ${version} states no licence`);
  const holder = typeof author === 'string' ? author : author?.name;
  return { title, text: `Its package states the licence ${license}${holder ? `, by ${holder}` : ''}.` };
}
