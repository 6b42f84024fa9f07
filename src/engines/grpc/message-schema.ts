/** Messages and methods of a service, from the text of a `.proto` file. */
import protobuf from 'protobufjs';

/** A message: encodes and decodes its values. */
export interface Codec<T> {
  encode(value: T): Uint8Array;
  /**
   * Decodes bytes. Absent fields have the values of proto3 (`''`, `0`, `0n`, `false`, `[]`, `{}`;
   * messages `null`); 64-bit integers are bigints, names are in camel case.
   *
   * @throws Error if the bytes are not such a message
   */
  decode(bytes: Uint8Array): T;
}

/** A method: its path, its request and its answer. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

export interface Schema {
  /** @throws Error if there is no such message */
  message<T>(name: string): Codec<T>;
  /**
   * A method by its full name: `package.Service/Method`.
   *
   * @throws Error if there is no such method
   */
  method<Request, Response>(name: string): Method<Request, Response>;
}

/** Well-known messages that a text may use without an import. */
const KNOWN = ['google/protobuf/timestamp.proto', 'google/protobuf/any.proto'];

/**
 * Parses the text of a `.proto` file, of any packages. A field that is decoded later, or in parts,
 * may be declared as `bytes` instead of its message: both have the same layout.
 *
 * @throws Error if the text is invalid
 */
export function parseProto(...texts: readonly string[]): Schema {
  const root = new protobuf.Root();
  for (const name of KNOWN) root.addJSON(protobuf.common.get(name)?.nested ?? {});
  for (const text of texts) protobuf.parse(text, root);
  root.resolveAll();
  return {
    message: (name) => codec(root.lookupType(name)),
    method: (name) => {
      const [service = '', method = ''] = name.split('/');
      const found = root.lookupService(service).methods[method];
      if (!found?.resolvedRequestType || !found.resolvedResponseType) throw new Error(`no method ${name}`);
      return {
        path: `/${name}`,
        request: codec(found.resolvedRequestType),
        response: codec(found.resolvedResponseType),
      };
    },
  };
}

const AS_VALUES: protobuf.IConversionOptions = { longs: BigInt, defaults: true };

function codec<T>(type: protobuf.Type): Codec<T> {
  return {
    encode: (value) => type.encode(type.fromObject(value as Record<string, unknown>)).finish(),
    decode: (bytes) => type.toObject(type.decode(bytes), AS_VALUES) as T,
  };
}
