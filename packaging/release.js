/**
 * Makes a release: `node packaging/release.js VERSION [--sign KEY] [--without image,deb]`.
 *
 * Sets the version in package.json, src/version.ts and CHANGELOG.md, and writes into
 * `dist/release/`: the npm file, the executable, the Debian package, the image, a list of
 * components (SBOM, CycloneDX), the licences, and `SHA256SUMS`. `--sign` signs that file with an
 * Ed25519 key in PEM: `SHA256SUMS.sig`. Equal sources give equal bytes: all times are those of
 * `SOURCE_DATE_EPOCH`, else of the last commit.
 */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ready } from '../scripts/ready.js';
import { main, root } from '../scripts/root.js';
import { buildDebianPackage } from './debian/build.js';
import { buildExecutable } from './executable/build.js';
import { buildImage } from './image/build.js';
import { call, releaseDate } from './tools.js';

const FOLDER = join(root, 'dist/release');

/** SemVer, with pre-releases. */
const VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

async function release() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { sign: { type: 'string' }, without: { type: 'string', default: '' } },
  });
  const [version = ''] = positionals;
  if (!VERSION.test(version))
    throw new Error(`the first argument is the version, such as 1.2.0, not '${version}'`);
  const without = values.without.split(',');
  // A key that cannot be read ends it before the long part.
  const key = values.sign === undefined ? undefined : createPrivateKey(readFileSync(values.sign));

  process.env.SOURCE_DATE_EPOCH = String(releaseDate());
  setVersion(version);
  await ready();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const file = (ending) => join(FOLDER, `tidings-${version}${ending}`);

  call('npm', ['pack', '--ignore-scripts', '--pack-destination', FOLDER], { cwd: root });
  writeFileSync(file('.cdx.json'), components());
  const executable = await buildExecutable(file('-linux-x64'));
  writeFileSync(file('-linux-x64.licences.txt'), executable.licences);
  if (!without.includes('deb')) {
    buildDebianPackage(executable, {
      number: version.replace('-', '~'),
      file: join(FOLDER, `tidings_${version.replace('-', '~')}_amd64.deb`),
    });
  }
  if (!without.includes('image')) {
    const tag = buildImage(executable, `localhost/tidings:${version}`);
    call(process.env.BUILDER ?? 'podman', ['save', '--output', file('-image.tar'), tag]);
  }
  const sums = readdirSync(FOLDER)
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(FOLDER, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('');
  writeFileSync(join(FOLDER, 'SHA256SUMS'), sums);
  if (key !== undefined) writeFileSync(join(FOLDER, 'SHA256SUMS.sig'), sign(null, Buffer.from(sums), key));
  process.stdout.write(sums);
}

/** Sets the version where it is written. Repeated with the same version, it changes nothing. */
function setVersion(version) {
  edit('package.json', /^( {2}"version": )"[^"]+"/m, `$1"${version}"`);
  edit('package-lock.json', /^( {2}"version": )"[^"]+"/m, `$1"${version}"`);
  edit('package-lock.json', /("": \{\n {6}"name": "tidings",\n {6}"version": )"[^"]+"/, `$1"${version}"`);
  edit('src/version.ts', /= '[^']+'/, `= '${version}'`);
  const date = new Date(releaseDate() * 1000).toISOString().slice(0, 10);
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  if (changelog.includes(`\n## ${version} `)) return;
  edit('CHANGELOG.md', /^## Unreleased\n/m, `## Unreleased\n\n## ${version} (${date})\n`);
}

function edit(path, pattern, replacement) {
  const file = join(root, path);
  const text = readFileSync(file, 'utf8');
  if (!pattern.test(text)) throw new Error(`${path} has no place for the version`);
  const changed = text.replace(pattern, replacement);
  if (changed !== text) writeFileSync(file, changed);
}

/** The list of components, without the parts that differ between runs of npm. */
function components() {
  const list = JSON.parse(
    call('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], { cwd: root }),
  );
  // Not by `--omit dev`: that also omits packages of the product that a tool needs.
  list.components = list.components.filter(
    ({ properties }) => !properties?.some(({ name }) => name === 'cdx:npm:package:development'),
  );
  const { component } = list.metadata;
  const refs = new Set([component, ...list.components].map((each) => each['bom-ref']));
  const kept = (ref) => refs.has(ref);
  list.dependencies = list.dependencies
    .filter(({ ref }) => kept(ref))
    .map((each) => ({ ...each, dependsOn: each.dependsOn?.filter(kept) }));
  delete list.serialNumber;
  // Npm writes the name of the folder.
  component.name = 'tidings';
  list.metadata.timestamp = new Date(releaseDate() * 1000).toISOString();
  return `${JSON.stringify(list, undefined, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(release);
