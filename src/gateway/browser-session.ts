/** The session of one browser: begun by a token that works once, then shown by a cookie. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { digest, tokenOf } from '../server/http/tcp.ts';
import { HttpError } from '../server/http/http-answer.ts';

/** Tests for the same text in constant time. */
function isSame(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

export class Session {
  /** The token that begins the session: 256 random bits. */
  readonly token: string = secret();
  readonly #value: string = secret();
  #isBegun = false;

  /**
   * Begins the session.
   *
   * @returns the `Set-Cookie` header. Browsers share cookies between the ports of a host, so the
   *   cookie's name has the port; its path keeps it away from static files
   * @throws HttpError 403 if the token is wrong, or has begun the session before
   */
  begin(request: IncomingMessage, port: number): string {
    if (!isSame(tokenOf(request), this.token)) {
      throw new HttpError(
        403,
        "this address has another token than this page: open the address that 'tidings page' printed",
      );
    }
    if (this.#isBegun) {
      throw new HttpError(
        403,
        "this address was used before, and works once: run 'tidings page' again for a new one",
      );
    }
    this.#isBegun = true;
    return `${nameOf(port)}=${this.#value}; HttpOnly; SameSite=Strict; Path=/v1`;
  }

  /** @throws HttpError 401 if the request does not belong to the session */
  check({ headers: { cookie = '' } }: IncomingMessage, port: number): void {
    const own = `${nameOf(port)}=`;
    const values = cookie.split(/;\s*/).filter((each) => each.startsWith(own));
    if (values.some((each) => isSame(each.slice(own.length), this.#value))) return;
    throw new HttpError(
      401,
      "this browser has no session: open the address that 'tidings page' printed, or run it again",
    );
  }
}

function nameOf(port: number): string {
  return `tidings-${port}`;
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
