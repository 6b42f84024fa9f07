/** Names, ids and labels of containerd's containers. */
import { type Attributes, foreignAttributes } from '../../event.ts';
import { readLabels } from '../grpc/labels.ts';
import type { Container } from './api.ts';

/** The default namespace of `ctr` and `nerdctl`. */
const DEFAULT = 'default';

/** A description of a container, from its record. */
export interface ContainerDescription {
  readonly image: string;
  readonly labels: Attributes;
  /** Count of labels left out because all together are too long. */
  readonly leftOut: number;
}

/**
 * The id in events. A container's id is only unique in its namespace, so outside of `default` it is
 * `ID@NAMESPACE`. Neither part can hold an `@`.
 */
export function fullId(namespace: string, id: string): string {
  return namespace === DEFAULT || namespace === '' ? id : `${id}@${namespace}`;
}

/** The parts of a full id. */
export function parseId(full: string): { readonly id: string; readonly namespace: string } {
  const [id = '', namespace = DEFAULT] = full.split('@');
  return { id, namespace };
}

/**
 * The name that nerdctl or Kubernetes gave it (`POD/CONTAINER`; of a pod's sandbox `POD`),
 * otherwise its id.
 */
export function nameOf(id: string, labels: Attributes): string {
  const pod = labels['io.kubernetes.pod.name'] ?? '';
  const container = labels['io.kubernetes.container.name'] ?? '';
  if (pod !== '') return container === '' ? pod : `${pod}/${container}`;
  return labels['nerdctl/name'] || id;
}

export function describedOf({ image, labels }: Pick<Container, 'image' | 'labels'>): ContainerDescription {
  return { image, ...readLabels(labels) };
}

export function attributesOf({ image, labels }: ContainerDescription): Attributes {
  return { ...foreignAttributes(labels), ...(image === '' ? {} : { image }) };
}
