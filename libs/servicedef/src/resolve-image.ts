import { isBareName, pinnedVersion, type ImageReference } from './image.ts';

/** The component that gets the service's own name as image: the one named `api`, or else the first. */
export function mainComponent<T extends { name: string }>(components: readonly T[]): T | undefined {
  return components.find(({ name }) => name === 'api') ?? components[0];
}

/** The image of a component that names none. */
export function defaultImageName(service: string, component: string, isMain: boolean): string {
  return isMain ? service : `${service}-${component}`;
}

/** Returns the full reference of `image` in `version`; a reference with tag or digest is taken as it is. */
export function resolveImage(image: ImageReference, version: string, registry: string): string {
  if (pinnedVersion(image) !== undefined) return image.text;
  return isBareName(image) ? `${registry}/${image.name}:${version}` : `${image.name}:${version}`;
}
