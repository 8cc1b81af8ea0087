import { ComponentSpec, type ServiceSpec } from '@mcp/proto/agent';
import { dnsLabel } from './dns-label.ts';
import { flag } from './form.ts';
import { builtImage, pinnedVersion } from './image.ts';
import { COMPONENT_KEYS, readComponent, type ComponentDraft } from './read-component.ts';
import { defaultImageName, mainComponent, resolveImage } from './resolve-image.ts';
import type { Section } from './section.ts';
import { sourcePath } from './source-path.ts';
import { componentTitle } from './title.ts';
import { version as versionForm } from './version.ts';

export const SERVICE_KEYS = ['name', 'node', 'version', 'active', 'path', 'build', 'components'] as const;

/** Far above any real service; the checks between components need a bound. */
const MOST_COMPONENTS = 64;

export interface ServiceOptions {
  /** Prefix of bare image names: "mcr.example:8443". */
  registry: string;
  /** Deployed instead of the definition's version; components that pin their own keep it. */
  version?: string | undefined;
}

/** Reads the whole definition, with every default of the operator's side filled in. */
export function readService(section: Section, options: ServiceOptions): ServiceSpec {
  const name = section.readRequired('name', dnsLabel) ?? '';
  const node = section.readRequired('node', dnsLabel) ?? '';
  const version = readVersion(section, options.version);
  const drafts = readComponents(section);
  const active = section.read('active', flag) ?? true;
  const path = section.read('path', sourcePath) ?? name;
  const buildImages = readBuildImages(section);
  if (!section.has('version') && options.version === undefined) requirePins(section, drafts);
  const components = resolveComponents(drafts, { service: name, version, registry: options.registry });
  return { name, node, version, active, components, path, buildImages };
}

function readVersion(section: Section, override: string | undefined): string {
  const own = section.read('version', versionForm) ?? '';
  if (override === undefined) return own;
  const checked = versionForm(override);
  if ('value' in checked) return checked.value;
  section.report('version', `the version to deploy ${checked.complaint}`);
  return own;
}

function readComponents(section: Section): ComponentDraft[] {
  const sections = section.openTables('components', {
    title: ({ name }, number) => componentTitle(typeof name === 'string' ? name : '', number),
    known: COMPONENT_KEYS,
    max: MOST_COMPONENTS,
  });
  if (!section.has('components') || sections?.length === 0) {
    section.report('components', `${section.title} lacks the required [[components]]: it needs at least one`);
  }
  return (sections ?? []).map((component) =>
    component ? readComponent(component) : { component: ComponentSpec.create(), image: undefined },
  );
}

function readBuildImages(section: Section): Record<string, string> {
  const build = section.openTable('build', { title: '[build]', known: ['images'] });
  const images = build?.openTable('images', { title: '[build.images]' });
  const entries = (images?.keys ?? []).map((name) => {
    const checked = builtImage(name);
    if ('complaint' in checked) images?.reportKey(name, `a key of [build.images] ${checked.complaint}`);
    return [name, images?.read(name, sourcePath) ?? ''];
  });
  return Object.fromEntries(entries);
}

function requirePins(section: Section, drafts: readonly ComponentDraft[]): void {
  const number = drafts.findIndex(({ component, image }) => !component.version && !pinnedVersion(image));
  if (number < 0) return;
  const title = componentTitle(drafts[number]!.component.name, number + 1);
  section.report('version', `${section.title} lacks the required "version": ${title} pins none of its own`);
}

function resolveComponents(
  drafts: readonly ComponentDraft[],
  { service, version, registry }: { service: string; version: string; registry: string },
): ComponentSpec[] {
  const main = mainComponent(drafts.map(({ component }) => component));
  return drafts.map(({ component, image }) => {
    const name = defaultImageName(service, component.name, component === main);
    const reference = image ?? { text: name, name, hasHost: false, tag: undefined, digest: undefined };
    const ownVersion = component.version || (pinnedVersion(reference) ?? version);
    return { ...component, version: ownVersion, image: resolveImage(reference, ownVersion, registry) };
  });
}
