/** Certificates for connections over TLS. */

/** Certificates: PEM texts. */
export interface TlsMaterial {
  /** Certificates of the accepted authorities. Default: Node's. */
  readonly ca?: string | undefined;
  /** The client's certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** The parts that are given: Node's default of another part is not an empty one. */
export function givenMaterial({ ca, cert, key }: TlsMaterial = {}): Record<string, string> {
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
