/** A receiver of OTLP's logs in JSON, from the public schema (opentelemetry-proto). */
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const root = new protobuf.Root();
root.resolvePath = (_, target) => fileURLToPath(new URL(`./otlp/${target}`, import.meta.url));
root.loadSync('opentelemetry/proto/collector/logs/v1/logs_service.proto');
const request = root.lookupType('opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest');

/** Every way in which a JSON value differs from the schema of an export request. */
export function faultsOfExport(value: unknown): string[] {
  return faultsOf(request, value, '$');
}

function faultsOf(type: protobuf.Type, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [`${path} must be an object`];
  const choices = type.oneofsArray.flatMap(({ name, oneof }) =>
    oneof.filter((field) => Object.hasOwn(value, field)).length > 1 ? [`${path}: several of ${name}`] : [],
  );
  return Object.entries(value).reduce((faults, [key, each]) => {
    const field = type.fields[key];
    if (field === undefined) return [...faults, `${path}.${key} is not in the schema`];
    const all = field.repeated ? (Array.isArray(each) ? each : [undefined]) : [each];
    return [
      ...faults,
      ...all.flatMap((one: unknown, i) => faultsOfField(field, one, `${path}.${key}[${i}]`)),
    ];
  }, choices);
}

function faultsOfField(field: protobuf.Field, value: unknown, path: string): string[] {
  const { resolvedType, type } = field.resolve();
  if (resolvedType instanceof protobuf.Type) return faultsOf(resolvedType, value, path);
  if (resolvedType instanceof protobuf.Enum) {
    return typeof value === 'number' && value in resolvedType.valuesById ? [] : [`${path}: no such number`];
  }
  const fits: Readonly<Record<string, boolean>> = {
    string: typeof value === 'string',
    fixed64: /^\d{1,20}$/.test(String(value)) && typeof value === 'string',
    int64: /^-?\d{1,19}$/.test(String(value)) && typeof value === 'string',
    uint32: typeof value === 'number',
    bool: typeof value === 'boolean',
    double: typeof value === 'number',
  };
  return fits[type] === true ? [] : [`${path}: ${JSON.stringify(value)} must be ${type}`];
}
