/**
 * Builds the image from the single executable: `node packaging/image/build.js [TAG]`, with podman,
 * or with the program of the variable BUILDER (docker). The image holds the executable, the program
 * mkfifo, their shared libraries, and the certificates of this machine's CAs; no shell.
 */
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from '../../scripts/root.js';
import { buildExecutable } from '../executable/build.js';
import { call, releaseDate, version } from '../tools.js';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** Node has no call that makes a FIFO, so the daemon starts this program. */
const MKFIFO = '/usr/bin/mkfifo';

/** Directories of the daemon's user. */
const OWN = ['run/tidings', 'var/lib/tidings'];

/** Builds it; returns its tag. */
export function buildImage({ file, licences }, tag = `localhost/tidings:${version}`) {
  const context = mkdtempSync(join(tmpdir(), 'tidings-image-'));
  try {
    const put = (source, path) => {
      const target = join(context, 'root', path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(realpathSync(source), target);
    };
    put(file, 'usr/bin/tidings');
    put(MKFIFO, MKFIFO);
    const libraries = new Set([file, MKFIFO].flatMap(librariesOf));
    for (const library of libraries) put(library, library);
    put(CERTIFICATES, CERTIFICATES);
    mkdirSync(join(context, 'root/usr/share/doc/tidings'), { recursive: true });
    writeFileSync(join(context, 'root/usr/share/doc/tidings/LICENCES'), licences);
    for (const path of OWN) {
      // Podman's tmpfs on `/run` takes the mode from here: the daemon's user must get through.
      mkdirSync(join(context, 'own', dirname(path)), { recursive: true, mode: 0o755 });
      mkdirSync(join(context, 'own', path), { mode: 0o750 });
    }
    const options = ['--file', fileURLToPath(new URL('Containerfile', import.meta.url)), '--tag', tag];
    const builder = process.env.BUILDER ?? 'podman';
    // Only Docker's format has a health check.
    const format = builder === 'podman' ? ['--format', 'docker', '--timestamp', String(releaseDate())] : [];
    call(builder, ['build', ...format, ...options, context]);
    return tag;
  } finally {
    rmSync(context, { recursive: true });
  }
}

/** Paths of the shared libraries, and of the loader, under the names by which the program knows them. */
function librariesOf(file) {
  return call('ldd', [file])
    .split('\n')
    .flatMap((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => process.stdout.write(`${buildImage(await buildExecutable(), process.argv[2])}\n`));
}
