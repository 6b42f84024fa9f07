/**
 * Files and directories that are there already: used only where nobody else can have put them there, or change them.
 * The owner is this user or root, group and others cannot write, and no symbolic link on the way is in a directory that
 * others can write (where the link may be theirs). A sticky directory above, as /tmp, is fine.
 */
import { closeSync, fstatSync, lstatSync, openSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';

export class UntrustedError extends Error {
  override readonly name = 'UntrustedError';
}

/** Permission of the group and of others to write. */
const OTHERS_WRITE = 0o022;

/** As many symbolic links are followed on the way to a file: as many as the system does (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * @param what what it is, for the message: `the state directory`
 * @throws UntrustedError when it is not to be trusted; errors of the system (ENOENT) as they are
 */
export function checkTrusted(path: string, what: string): void {
  const place = withoutLinks(resolve(path), what, path);
  checkOwner(lstatSync(place), what, path);
}

/**
 * Reads a file that is to be trusted.
 *
 * @throws UntrustedError when it is not; errors of the system as they are
 */
export function readTrusted(path: string, what: string): Buffer {
  withoutLinks(resolve(path), what, path);
  const fd = openSync(path, 'r');
  try {
    // The file that is open, whatever is under that name by now.
    checkOwner(fstatSync(fd), what, path);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws UntrustedError when others own it, or can write it */
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

/** The path with every symbolic link on it followed. @throws UntrustedError when others may have made one of them */
function withoutLinks(path: string, what: string, given: string): string {
  const { root } = parse(path);
  let place = root;
  let rest = path.slice(root.length).split(sep);
  for (let links = 0; rest.length > 0;) {
    const next = join(place, rest.shift() ?? '');
    const stats = lstatSync(next, { throwIfNoEntry: false });
    // Nothing there, or a link of /proc, which leads to no path: the system says more when it is opened.
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
