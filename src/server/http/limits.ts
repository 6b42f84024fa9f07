/** What a client of HTTP may ask of us. */
export interface HttpLimits {
  /** Bytes of a request's line and headers. Default 32 KiB. */
  readonly headerBytes?: number | undefined;
  /** Characters of a URL, its query included. Default 16,384. */
  readonly urlLength?: number | undefined;
  /** How long a TLS handshake may take, and a request's headers to arrive: each, in ms. Default 10,000. */
  readonly headersWithin?: number | undefined;
}

/** All of them. */
export function settleLimits(limits: HttpLimits = {}): { readonly [Key in keyof HttpLimits]-?: number } {
  const { headerBytes = 32 * 1024, urlLength = 16_384, headersWithin = 10_000 } = limits;
  return { headerBytes, urlLength, headersWithin };
}
