/** The target of a delivery in a file of settings: address, headers, credentials, certificates. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readBy, secretText, url } from '../checked-file/setting-fields.ts';
import * as field from '../checked-file/setting-fields.ts';
import type { TlsMaterial } from '../tls-material.ts';
import type { HttpTarget } from './http-post.ts';

/** A target, and its address for people: without query, credentials and secret paths. */
export interface ShownTarget extends HttpTarget {
  readonly shown: string;
}

interface Address {
  readonly url: string;
  readonly shown: string;
}

/** A text, `{file: /path}` or `{env: NAME}`: not empty, on one line. */
export const credential: z.ZodType<string> = readBy(z.unknown(), (value) => {
  const text = secretText(value);
  if (/^[\x20-\x7e]{1,8192}$/.test(text)) return text;
  throw new RangeError('must be ASCII, on one line, and not empty');
});

/** A URL, or the place of a secret URL. */
const address: z.ZodType<Address> = z.unknown().transform((value, context) => {
  const isSecret = typeof value === 'object' && value !== null;
  const read = isSecret ? credential.safeParse(value) : undefined;
  const parsed = read?.success === false ? read : url.safeParse(read?.data ?? value);
  if (!parsed.success) {
    for (const { message } of parsed.error.issues) {
      // A secret URL must not appear in messages.
      const text =
        isSecret && read?.success === true
          ? 'the secret holds no URL: right would be https://host/path'
          : message;
      context.issues.push({ code: 'custom', message: text, input: undefined });
    }
    return z.NEVER;
  }
  const { origin, pathname } = new URL(parsed.data);
  return { url: parsed.data, shown: isSecret ? `${origin}/…` : `${origin}${pathname}` };
});

const headers: z.ZodType<Readonly<Record<string, string>>> = readBy(
  z.record(z.string(), credential),
  (given) => {
    const { data, error } = field.headers.safeParse(given);
    if (data !== undefined) return data;
    throw new RangeError(error?.issues[0]?.message ?? 'invalid headers');
  },
);

/** Paths of PEM files, read when the settings are read. */
const pem: z.ZodType<string> = readBy(z.string(), (path) => {
  const text = readFileSync(path, 'utf8');
  if (text.includes('-----BEGIN ')) return text;
  throw new RangeError(`${path} holds no PEM: right would be a file with -----BEGIN`);
});

export const tlsMaterial: z.ZodType<TlsMaterial> = z
  .strictObject({ ca: pem.optional(), cert: pem.optional(), key: pem.optional() })
  .refine(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    'cert and key belong together: give both',
  );

interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** Keys of an HTTP target in a file. */
export const targetKeys: {
  readonly url: z.ZodType<Address>;
  readonly headers: z.ZodOptional<z.ZodType<Readonly<Record<string, string>>>>;
  readonly token: z.ZodOptional<z.ZodType<string>>;
  readonly basic: z.ZodOptional<z.ZodType<BasicCredentials>>;
  readonly tls: z.ZodOptional<z.ZodType<TlsMaterial>>;
} = {
  url: address,
  headers: headers.optional(),
  token: credential.optional(),
  basic: z.strictObject({ user: z.string().min(1), password: credential }).optional(),
  tls: tlsMaterial.optional(),
};

interface WrittenTarget {
  readonly url: Address;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly token?: string | undefined;
  readonly basic?: BasicCredentials | undefined;
  readonly tls?: TlsMaterial | undefined;
}

/** The target of these keys: a token is sent as `Bearer`, a name and a password as `Basic`. */
export function targetOf({
  url: place,
  headers: more = {},
  token,
  basic,
  tls: material,
}: WrittenTarget): ShownTarget {
  const authorization =
    token !== undefined
      ? `Bearer ${token}`
      : basic && `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`;
  const all = { ...(authorization === undefined ? {} : { authorization }), ...more };
  return { ...place, headers: all, ...(material === undefined ? {} : { tls: material }) };
}
