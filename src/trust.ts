/**
 * Checks existing files and directories: they are trusted only if no other user can have made or
 * changed them. The owner must be this user or root, without write permission for group and others.
 * No symbolic link on the path may lie in a directory that others can write to, as the link may be
 * theirs. A sticky directory above, such as /tmp, is fine.
 */
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';

export class UntrustedError extends Error {
  override readonly name = 'UntrustedError';
}

/** Write permission of the group and of others. */
const OTHERS_WRITE = 0o022;

/** Most symbolic links followed on a path: the system's own limit (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * @param what description for the message: `the state directory`
 * @throws UntrustedError if it is not trusted; errors of the system (ENOENT) unchanged
 */
export function checkTrusted(path: string, what: string): void {
  const place = withoutLinks(resolve(path), what, path);
  checkOwner(lstatSync(place), what, path);
}

/**
 * Reads a trusted file.
 *
 * @throws UntrustedError if it is not trusted; errors of the system unchanged
 */
export function readTrusted(path: string, what: string): Buffer {
  withoutLinks(resolve(path), what, path);
  const fd = openSync(path, 'r');
  try {
    // Checks the open file, as the name may lead to another by now.
    checkOwner(fstatSync(fd), what, path);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws UntrustedError if another user owns it or can write to it */
export function checkOwner({ uid, mode }: Pick<Stats, 'uid' | 'mode'>, what: string, path: string): void {
  const own = process.geteuid?.() ?? 0;
  const right = own === 0 ? 'root (0)' : `this user (${own}) or root`;
  if (uid !== own && uid !== 0) {
    throw new UntrustedError(
      `${what} ${path} belongs to user ${uid}, and must belong to ${right}: choose another, or give it to ${right} with chown`,
    );
  }
  if ((mode & OTHERS_WRITE) !== 0) {
    const who = (mode & 0o002) === 0 ? 'its group' : 'others';
    const octal = (mode & 0o7777).toString(8).padStart(4, '0');
    throw new UntrustedError(
      `${what} ${path} can be written by ${who} (mode ${octal}): choose another, or make sure of its contents and run 'chmod go-w ${path}'`,
    );
  }
}

/**
 * Resolves every symbolic link on the path.
 *
 * @throws UntrustedError if another user may have made one of them
 */
function withoutLinks(path: string, what: string, given: string): string {
  const { root } = parse(path);
  let place = root;
  let rest = path.slice(root.length).split(sep);
  for (let links = 0; rest.length > 0;) {
    const next = join(place, rest.shift() ?? '');
    const stats = lstatSync(next, { throwIfNoEntry: false });
    // A missing file, or a link of /proc without a path: opening it reports the details.
    if (stats === undefined) return join(next, ...rest);
    if (!stats.isSymbolicLink()) {
      place = next;
      continue;
    }
    if ((lstatSync(place).mode & OTHERS_WRITE) !== 0) {
      throw new UntrustedError(
        `${what} ${given} leads through the symbolic link ${next}, in a directory that others can write: give the path that it leads to`,
      );
    }
    if (++links > MOST_LINKS) return next;
    const target = resolve(dirname(next), readlinkSync(next));
    place = parse(target).root;
    rest = [...target.slice(place.length).split(sep), ...rest];
  }
  return place;
}
