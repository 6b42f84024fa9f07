/**
 * Builds the Debian package from the single executable: `node packaging/debian/build.js`. Its
 * entries have the time of `SOURCE_DATE_EPOCH`, so equal sources give equal bytes.
 */
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { main, root } from '../../scripts/root.js';
import { buildExecutable } from '../executable/build.js';
import { call, releaseDate, releaseFile, version } from '../tools.js';
import { control } from './control.js';

const DOC = 'usr/share/doc/tidings';

/** Scripts of the package manager. */
const SCRIPTS = ['postinst', 'prerm', 'postrm'];

/** Files that an administrator changes: an upgrade keeps the changes. */
const CONFFILES = { 'etc/tidings/rules.yaml': 'rules.yaml', 'etc/default/tidings': 'default' };

/**
 * Builds the package; returns its path.
 *
 * @param executable its path, and the licences
 * @param options version, path and compression, for tests of an upgrade
 */
export function buildDebianPackage(executable, options = {}) {
  const { number = version, file = releaseFile('amd64.deb'), compression = 'gzip' } = options;
  const tree = mkdtempSync(join(tmpdir(), 'tidings-deb-'));
  try {
    for (const [path, { content, copy, mode = 0o644 }] of Object.entries(filesOf(executable, number))) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      if (copy !== undefined) copyFileSync(copy, join(tree, path));
      else writeFileSync(join(tree, path), content);
      chmodSync(join(tree, path), mode);
    }
    writeControl(tree, number);
    settle(tree);
    mkdirSync(dirname(file), { recursive: true });
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(releaseDate()) };
    call('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', tree, file], { env });
    return file;
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function filesOf({ file, licences }, number) {
  const text = (name) => ({ content: readFileSync(join(root, name)) });
  const own = (name) => ({ content: readFileSync(new URL(name, import.meta.url)) });
  const unit = (name) => ({ content: readFileSync(new URL(`../systemd/${name}`, import.meta.url)) });
  const script = (shell) => ({ content: call(file, ['completion', shell]) });
  const packed = (content) => ({ content: gzipSync(content, { level: 9 }) });
  const docs = ['README.md', 'SECURITY.md', ...pages()];
  return {
    'usr/bin/tidings': { copy: file, mode: 0o755 },
    'lib/systemd/system/tidings.service': unit('tidings.service'),
    'usr/lib/systemd/user/tidings.service': unit('tidings-user.service'),
    'usr/lib/sysusers.d/tidings.conf': own('sysusers.conf'),
    'usr/lib/tmpfiles.d/tidings.conf': own('tmpfiles.conf'),
    ...Object.fromEntries(Object.entries(CONFFILES).map(([path, name]) => [path, own(name)])),
    'usr/share/bash-completion/completions/tidings': script('bash'),
    'usr/share/zsh/vendor-completions/_tidings': script('zsh'),
    'usr/share/fish/vendor_completions.d/tidings.fish': script('fish'),
    ...Object.fromEntries(
      readdirSync(join(root, 'dist/man')).map((name) => [
        `usr/share/man/man1/${name}.gz`,
        packed(readFileSync(join(root, 'dist/man', name))),
      ]),
    ),
    [`${DOC}/copyright`]: { content: COPYRIGHT },
    [`${DOC}/LICENCES.gz`]: packed(licences),
    [`${DOC}/changelog.gz`]: packed(debianChangelog(number)),
    [`${DOC}/NEWS.md.gz`]: packed(readFileSync(join(root, 'CHANGELOG.md'))),
    [`${DOC}/rules-that-run-commands.conf`]: unit('rules-that-run-commands.conf'),
    ...Object.fromEntries(docs.map((name) => [`${DOC}/${name}`, text(name)])),
    'usr/share/lintian/overrides/tidings': own('lintian-overrides'),
  };
}

/** The pages of `docs/`, without the reference of the library, which this package does not hold. */
function pages() {
  return readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md') && name !== 'operators.md' && name !== 'benchmarks.md')
    .map((name) => `docs/${name}`);
}

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tidings

Files: *
Copyright: 2026 The authors of tidings
License: Apache-2.0
 On Debian systems, the text of this licence is in /usr/share/common-licenses/Apache-2.0.
Comment:
 The executable contains Node.js and other software under licences of their own, whose texts and
 holders are in LICENCES.gz beside this file.
`;

function debianChangelog(number) {
  const date = new Date(releaseDate() * 1000).toUTCString().replace('GMT', '+0000');
  return `tidings (${number}) stable; urgency=medium

  * See NEWS.md.gz.

 -- The authors of tidings <maintainers@tidings.invalid>  ${date}
`;
}

function writeControl(tree, number) {
  const files = walk(tree).sort();
  const size = Math.ceil(files.reduce((sum, path) => sum + statSync(join(tree, path)).size, 0) / 1024);
  const sums = files
    .filter((path) => !(path in CONFFILES))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path}\n`,
    );
  const folder = join(tree, 'DEBIAN');
  mkdirSync(folder);
  writeFileSync(join(folder, 'control'), control({ version: number, size }));
  writeFileSync(join(folder, 'md5sums'), sums.join(''));
  writeFileSync(
    join(folder, 'conffiles'),
    Object.keys(CONFFILES)
      .map((path) => `/${path}\n`)
      .join(''),
  );
  for (const name of SCRIPTS) {
    copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(folder, name));
    chmodSync(join(folder, name), 0o755);
  }
}

/** The files below a folder, as paths in it. */
function walk(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(folder, join(prefix, entry.name)) : [join(prefix, entry.name)],
  );
}

/** Gives all entries the date of the release, and folders their usual mode. */
function settle(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settle(path);
    lutimesSync(path, releaseDate(), releaseDate());
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, releaseDate(), releaseDate());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => process.stdout.write(`${buildDebianPackage(await buildExecutable())}\n`));
}
