/** Limits on clients of HTTP. */
export interface HttpLimits {
  /** Bytes of a request's line and headers. Default 32 KiB. */
  readonly headerBytes?: number | undefined;
  /** Longest URL in characters, including its query. Default 16,384. */
  readonly urlLength?: number | undefined;
  /** Time limit for a TLS handshake, and for a request's headers: each, in ms. Default 10,000. */
  readonly headersWithin?: number | undefined;
}

/** All limits, with their defaults. */
export function settleLimits(limits: HttpLimits = {}): { readonly [Key in keyof HttpLimits]-?: number } {
  const { headerBytes = 32 * 1024, urlLength = 16_384, headersWithin = 10_000 } = limits;
  return { headerBytes, urlLength, headersWithin };
}
